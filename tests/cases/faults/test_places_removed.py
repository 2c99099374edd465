# SPDX-License-Identifier: GPL-2.0-or-later
"""Somebody removes the socket, the board or its lock beneath a running scanner (a cleaner of /run,
a second installation): within 2 s they are there again, and nobody has to restart anything."""

import os
import stat
import subprocess
import time

import pytest

from lib import expect, icap, procs, samples, wire
from lib.eicar import EICAR

SECONDS = 2


def place(server, name):
    return {"socket": server.socket, "board": server.run / "epostavs.sock.board",
            "lock": server.run / "epostavs.sock.board.lock"}[name]


@pytest.mark.parametrize("names", [["socket"], ["board"], ["lock"], ["socket", "board", "lock"]],
                         ids="+".join)
def test_removed(make_server, names):
    server = make_server(f"removed-{len(names)}-{names[0]}").start()
    supervisor = server.board().supervisor
    scans = server.board().counters["scans"]
    for name in names:
        place(server, name).unlink()
    for name in names:
        procs.wait_until(lambda n=name: place(server, n).exists(), SECONDS * server.env.slow,
                         lambda n=name: f"{n} is not made again: {server.describe()}")
    expect.infected(server.exchange(icap.respmod(EICAR)))
    assert wire.scan(server.socket, EICAR).verdict == "infected"
    board = server.board()
    assert board.supervisor == supervisor and board.ready
    # A reply comes before the count of it. The counters must not begin anew.
    procs.wait_until(lambda: server.board().counters["scans"] >= scans + 2, 5, server.describe)
    procs.wait_until(server.serves, 5, server.describe)  # the children read the new board
    server.reload()


def test_options_is_not_200_without_the_socket(make_server):
    """While the scanner cannot make its socket again, scans fail: OPTIONS must say so."""
    server = make_server(settings={"ReadyWait": "200ms"}).start()
    supervisor = server.board().supervisor
    server.socket.unlink()
    server.socket.mkdir()  # in the way
    try:
        procs.wait_until(lambda: not server.serves(), SECONDS * server.env.slow, server.describe)
        response = server.exchange(icap.respmod(samples.unique(), service="strict"), timeout=20)
        assert expect.verdict_of_unscanned(response) in ("failed", "blocked")
        procs.wait_until(lambda: "in the way" in server.text("epostavs.log"), 5, server.describe)
    finally:
        server.socket.rmdir()
    server.wait_ready(SECONDS)
    assert server.board().supervisor == supervisor
    expect.infected(server.exchange(icap.respmod(EICAR)))


def test_options_is_not_200_without_a_scanner(make_server):
    """It was killed a moment ago and its board still looks alive: 200 means that scans succeed."""
    server = make_server(settings={"ReadyWait": "200ms"}).start()
    old = server.board().supervisor
    procs.kill(old)
    procs.wait_until(lambda: procs.gone(old), 5, server.describe)
    if server.serves():  # then another one is there, or about to be
        expect.infected(server.exchange(icap.respmod(EICAR)))
    server.wait_ready()
    procs.wait_until(lambda: server.board().supervisor != old, 10, server.describe)
    expect.infected(server.exchange(icap.respmod(EICAR)))


def test_another_user_cannot_lock(make_server):
    """flock on the board by whoever may read it kept a scanner from starting."""
    server = make_server().start()
    board = place(server, "board")
    with subprocess.Popen(["flock", "--shared", str(board), "sleep", "60"]) as holder:
        try:
            procs.wait_until(lambda: procs.run("flock", "-n", board, "true").returncode, 10, "flock does not hold")
            old = server.board().supervisor
            procs.kill(old)
            procs.wait_until(lambda: (b := server.board()).supervisor != old and b.ready,
                             20 * server.env.slow, server.describe)
            expect.infected(server.exchange(icap.respmod(EICAR)))
        finally:
            for child in procs.children(holder.pid):
                procs.kill(child.pid)
            holder.kill()
    assert stat.S_IMODE(os.stat(place(server, "lock")).st_mode) == 0o600


def test_pid_file_survives_a_reconfigure(make_server):
    server = make_server().start()
    pid_file = server.run / "epostavs.pid"
    supervisor = server.board().supervisor
    inode = os.stat(pid_file).st_ino
    server.command("reconfigure")
    procs.wait_until(lambda: "reconfigure" in server.text("server.log").lower(), 10,
                     server.describe)
    for _ in range(20):
        server.wait_ready()
        time.sleep(0.1)
        assert int(pid_file.read_text()) == supervisor
    assert stat.S_IMODE(os.stat(pid_file).st_mode) == 0o644
    assert os.stat(pid_file).st_ino == inode
