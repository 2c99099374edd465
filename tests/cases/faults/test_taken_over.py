# SPDX-License-Identifier: GPL-2.0-or-later
"""A supervisor is killed at a moment when much depends on what it knew: the next one goes on with
that, and no signal is forgotten."""

import os
import shutil
import signal
import subprocess

import pytest

from lib import board, env as environment, expect, faults, icap, procs, wire
from lib.eicar import EICAR

SLOW_SECONDS = 4


def guardian(server):
    """The PID, once all is as it should be."""
    faults.settled(server)
    return next(pid for pid, _, name in server.family() if name == "epostavs-guard")


def scanner_processes(server):
    return [(pid, started) for pid, started, name in server.family() if name != "c-icap"]


def all_end(server, known):
    procs.wait_until(lambda: all(procs.gone(*one) for one in known), 30 * server.env.slow,
                     lambda: f"left: {[k for k in known if not procs.gone(*k)]} {server.describe()}")


def taken_over(server, old):
    return procs.wait_until(
        lambda: (b := server.board()).supervisor not in (0, old) and
        not procs.gone(b.supervisor) and b, 20 * server.env.slow, server.describe)


def kill_supervisor(server):
    old = server.board().supervisor
    procs.kill(old)
    return taken_over(server, old)


def found(server):
    """EICAR is, asked for without c-icap."""
    return wire.scan(server.socket, EICAR, timeout=100, deadline_ms=90000)


def stop_all(server, *pids):
    """Guardian and supervisor continue each other, and c-icap's master continues the guardian."""
    def stopped():
        for one in (server.pid, *pids):
            procs.kill(one, signal.SIGSTOP)
        return all(procs.stat(one).state == "T" for one in (server.pid, *pids))
    procs.wait_until(stopped, 10, server.describe)


def guardian_alone(server, pid, supervisor):
    """The supervisor is gone, and the guardian stopped."""
    stop_all(server, pid, supervisor)
    procs.kill(supervisor)
    procs.wait_until(lambda: procs.gone(supervisor), 10, server.describe)


# ------------------------------------------------------------------------ signals

def test_sigterm_to_a_guardian_without_supervisor(make_server):
    """It comes when the supervisor is dead and the guardian does not know it yet."""
    server = make_server(workers=2).start()
    pid, supervisor = guardian(server), server.board().supervisor
    known = scanner_processes(server)
    guardian_alone(server, pid, supervisor)
    procs.kill(pid, signal.SIGTERM)
    for one in (pid, server.pid):
        procs.kill(one, signal.SIGCONT)
    all_end(server, known)


def test_supervisor_is_killed_while_it_stops(make_server):
    """A scan holds up its end: the next one does not go on as if nobody had said stop."""
    server = make_server(workers=2).start()
    pid = guardian(server)
    known = scanner_processes(server)
    with faults.frozen_workers(server):
        faults.Background(server, icap.respmod(EICAR, service="strict"))
        faults.caught(server)
        supervisor = server.board().supervisor
        procs.kill(pid, signal.SIGTERM)
        procs.wait_until(lambda: not server.socket.exists() or procs.gone(supervisor), 10,
                         server.describe)
        procs.kill(supervisor)
        all_end(server, known)


def test_sighup_to_a_guardian_without_supervisor(make_server):
    server = make_server(workers=2).start()
    pid = guardian(server)
    old = server.board()
    guardian_alone(server, pid, old.supervisor)
    procs.kill(pid, signal.SIGHUP)
    for one in (pid, server.pid):
        procs.kill(one, signal.SIGCONT)
    procs.wait_until(lambda: server.board().counters["reloads"] > old.counters["reloads"],
                     40 * server.env.slow, server.describe)
    assert "reload asked for by signal" in server.text("epostavs.log")


# --------------------------------------------------------------------------- state

def test_stopped_workers_go_on(make_server):
    """Whoever stopped them is gone, or it was somebody else: their scans end, and are replied to."""
    server = make_server(workers=2).start()
    with faults.frozen_workers(server):
        asked = faults.Background(server, icap.respmod(EICAR, service="strict"))
        faults.caught(server)
        kill_supervisor(server)
        expect.infected(asked.result())  # nobody else continues it


def test_crashlist_goes_on(make_server):
    """Content that ended a worker before the take-over does not end a second one behind it."""
    server = make_server(bases=None, workers=2, settings={"Shortcuts": "none"})
    environment.signatures(server.bases, environment.STARTER,
                           slow_ldb=faults.slow_signatures(SLOW_SECONDS * 1000))
    server.start(30)
    body = faults.slow_body()
    asked = faults.Background(server, icap.respmod(body, service="mail", allow="204"))
    procs.kill(faults.busy_worker(server).pid)
    expect.failed(asked.result())
    kill_supervisor(server)
    reply = wire.scan(server.socket, body, digest=True, name=b"file.bin",
                      type=b"application/octet-stream", timeout=100)
    assert (reply.verdict, reply.reason) == ("error", "crash-listed"), reply


@pytest.fixture
def drained(env, make_server):
    """A server whose engine has been given up for the memory of a large one, which loads; and
    will not do. The next one may have all memory again."""
    root = env.directory("drained")
    meminfo, link = root / "meminfo", root / "Bases"
    scanner = root / "epostavs"
    scanner.write_text(f'#!/bin/sh\nexec {env.epostavs} --meminfo {meminfo} "$@"\n', encoding="ascii")
    scanner.chmod(0o755)
    good = environment.signatures(root / "good", environment.STARTER)
    bad = environment.signatures(root / "bad", environment.STARTER)
    with open(bad / "large.hdb", "w", encoding="ascii") as f:
        f.writelines(f"{n * 0x9e3779b97f4a7c15f39cc0605cedc835 % (1 << 128):032x}:{1000 + n % 999}:T.H{n}\n"
                     for n in range(600_000))
    meminfo.write_text("MemAvailable: 900000000 kB\n", encoding="ascii")
    link.symlink_to(good)
    server = make_server("drained", bases=link, workers=2, settings={"Scanner": scanner}).start()
    with open(bad / "zlast.ndb", "w", encoding="ascii") as f:
        f.write("this is no signature\n")
    guardian(server)
    meminfo.write_text("MemAvailable: 1000 kB\n", encoding="ascii")
    os.unlink(link)
    link.symlink_to(bad)
    server.command("epost_av:reload")
    procs.wait_until(lambda: server.board().state == "drained" and
                     "loading" in server.text("epostavs.log").rsplit("the old one ends first", 1)[-1],
                     30 * env.slow, server.describe)
    yield server
    shutil.rmtree(root)


def test_taken_over_while_drained(drained):
    """Requests still wait for the load; as it fails, the engine that was given up comes back."""
    old = drained.board()
    kill_supervisor(drained)
    board_now = drained.board()
    assert (board_now.state, board_now.counters["reloads"]) in (
        ("drained", old.counters["reloads"]), ("ready", old.counters["reloads"] + 1)), drained.describe()
    assert found(drained).verdict == "infected", drained.describe()
    procs.wait_until(lambda: (b := drained.board()).state == "ready" and
                     b.path.endswith("/good"), 60 * drained.env.slow, drained.describe)
    assert drained.board().error, drained.describe()


# -------------------------------------------------------------------- surroundings

def test_log_and_pid_file_cannot_be_written(make_server):
    """The engine runs: no reason to end it."""
    server = make_server(workers=2).start()
    guardian(server)
    for directory in (server.log, server.run):
        directory.chmod(0o555)
    (server.log / "epostavs.log").chmod(0o444)
    try:
        loads = server.board().counters["reloads"]
        kill_supervisor(server)
        assert found(server).verdict == "infected"
        assert server.board().counters["reloads"] == loads
    finally:
        for directory in (server.log, server.run):
            directory.chmod(0o755)
        (server.log / "epostavs.log").chmod(0o644)
    kill_supervisor(server)  # which writes them again


def test_killed_while_it_wrote_the_board(make_server):
    """A board with a half-written part would be read again and again, by every reader, for ever."""
    server = make_server(workers=2).start()
    pid, old = guardian(server), server.board()
    stop_all(server, pid, old.supervisor)
    path = f"{server.socket}.board"
    at = board.sequence_offset()
    with open(path, "r+b") as f:
        f.seek(at)
        number = int.from_bytes(f.read(4), "little")
        f.seek(at)
        f.write((number | 1).to_bytes(4, "little"))
    procs.kill(old.supervisor)
    for one in (pid, server.pid):
        procs.kill(one, signal.SIGCONT)
    taken_over(server, old.supervisor)
    procs.wait_until(lambda: board.read(path).sequence % 2 == 0, 10 * server.env.slow,
                     server.describe)
    assert board.read(path).path == old.path


@pytest.mark.parametrize("first", ("generation", "spare"))
def test_supervisor_dies_right_behind_the(make_server, first):
    """The guardian holds the channels of living processes: a copy that has taken a place is
    not there twice."""
    server = make_server(workers=2).start()
    loads = server.board().counters["reloads"]
    name = {"generation": "epostavs-gen", "spare": "epostavs-spare"}[first]
    for _ in range(4):
        guardian(server)
        pids = {n: pid for pid, _, n in server.family()}
        procs.kill(pids[name])
        procs.wait_until(lambda p=pids[name]: procs.gone(p), 5, server.describe)
        kill_supervisor(server)
        assert found(server).verdict == "infected"
    wanted = int(server.settings["Workers"]) + 1

    def whole():
        names = [n for _, _, n in server.family()]
        return [names.count(n) for n in ("epostavs-gen", "epostavs-spare", "epostavs-worker")] == \
            [1, 1, wanted]
    procs.wait_until(whole, 30 * server.env.slow, lambda: f"{server.family()} {server.describe()}")
    assert server.board().counters["reloads"] == loads, server.describe()


# A root that is not the root of the mounts: the kernel refuses user namespaces in it.
NO_NAMESPACES = "mount --rbind / /mnt && exec chroot /mnt"


def test_without_namespaces(make_server):
    """Directories on /dev/shm instead of a tmpfs: it loads, reloads and is taken over."""
    if not environment.is_root():
        pytest.skip("needs root, to mount")
    done = subprocess.run(["unshare", "--mount", "sh", "-c", f'{NO_NAMESPACES} "$@"', "sh", "setpriv",
                           "--reuid=65534", "--regid=65534", "--clear-groups", "unshare", "--user",
                           "true"], capture_output=True, check=False, timeout=20)
    if b"unshare failed" not in done.stderr:
        pytest.skip(f"cannot take away namespaces: {done.stderr}")
    server = make_server(workers=2)
    server.enter = ["unshare", "--mount", "sh", "-c", f'{NO_NAMESPACES} "$@"', "sh"]
    server.start()
    assert "namespaces" not in server.board().sandbox, server.board().sandbox
    server.reload(60)
    kill_supervisor(server)
    assert found(server).verdict == "infected"
    server.reload(60)
    assert found(server).verdict == "infected"
