# SPDX-License-Identifier: GPL-2.0-or-later
"""Bases: missing, malformed, reloaded; the ISTag changes with them, and never goes wrong."""

import os
import shutil

import pytest

from lib import env as environment, expect, icap, procs, samples, wire
from lib.eicar import EICAR

MARK = b"a harmless file that a later signature names"
MARK_SIGNATURE = f"Test.Marked:0:*:{MARK.hex()}\n"
BROKEN = {"ndb": "Broken:0:*:zzzz\n", "cut": "x:0\n",
          "hsb": "71e7b604:544:Cut\n", "ldb": "Broken;Engine:0-1;(0&1\n"}


def marked(server):
    """Whether MARK is found now ("clean" or "infected"), past the cache's key by its set."""
    request = icap.respmod(MARK, service="strict")
    return expect.verdict(request, server.exchange(request))


QUICK = {"ReadyWait": "200ms"}  # requests need not wait for an engine that will not come


def not_ready(server, services=("avscan", "web", "mail", "strict")):
    """No engine: OPTIONS fails, and nothing is called clean: no 204, no unmarked echo."""
    assert server.options().status >= 500
    for service in services:
        for make in (icap.respmod, icap.reqmod):
            for body in (EICAR, samples.unique()):
                response = server.exchange(make(body, service=service, allow="204", preview=1024),
                                           timeout=40)
                assert response.status != 204, expect.describe(response)
                assert expect.verdict_of_unscanned(response) in ("failed", "blocked")


def test_missing_bases_then_there(make_server):
    """No signatures at the start: not ready; as soon as they are there and a reload is asked
    for, it serves."""
    server = make_server(bases=None, settings=QUICK).start(ready=False)
    not_ready(server)
    procs.wait_until(lambda: str(server.bases) in server.text("epostavs.log") + server.text("stderr"),
                     10, server.describe)
    environment.signatures(server.bases, environment.STARTER)
    server.command("epost_av:reload")
    server.wait_ready()
    expect.infected(server.exchange(icap.respmod(EICAR)))
    request = icap.respmod(samples.unique())
    expect.clean(request, server.exchange(request))


def test_empty_bases(make_server):
    server = make_server(bases=None, settings=QUICK)
    server.bases.mkdir()
    server.start(ready=False)
    not_ready(server, services=("strict",))


@pytest.mark.parametrize("kind", BROKEN)
def test_malformed_at_start(make_server, kind):
    """Signatures that do not load never serve; the reason is said; good ones bring it up."""
    server = make_server(f"malformed-{kind}", bases=None, settings=QUICK)
    environment.signatures(server.bases, environment.STARTER, **{f"broken_{ext(kind)}":
                                                                 BROKEN[kind]})
    server.start(ready=False)
    procs.wait_until(lambda: server.board().error, 15 * server.env.slow, server.describe)
    assert server.board().state in ("failed", "loading"), server.board().state
    not_ready(server, services=("strict",))
    (server.bases / f"broken.{ext(kind)}").unlink()
    server.command("epost_av:reload")
    server.wait_ready()
    expect.infected(server.exchange(icap.respmod(EICAR)))


def ext(kind):
    return "ndb" if kind == "cut" else kind


@pytest.mark.parametrize("kind", BROKEN)
def test_malformed_at_reload(make_server, kind):
    """A generation that does not load leaves the old one serving, and says why."""
    server = make_server(f"reload-{kind}").start()
    tag = server.options()["ISTag"]
    generation = server.board().generation
    (server.bases / f"broken.{ext(kind)}").write_text(BROKEN[kind], encoding="ascii")
    server.command("epost_av:reload")
    board = procs.wait_until(
        lambda: (b := server.board()).counters["reload_failures"] > 0 and
        b.state == "ready" and b,
        20 * server.env.slow, server.describe)
    assert board.error and f"broken.{ext(kind)}" in board.error + server.text("epostavs.log")
    assert board.generation == generation
    assert server.options()["ISTag"] == tag
    expect.infected(server.exchange(icap.respmod(EICAR)))
    (server.bases / f"broken.{ext(kind)}").unlink()
    server.reload()
    assert server.board().error == ""


def test_bases_disappear_at_reload(make_server):
    server = make_server().start()
    shutil.move(server.bases, server.root / "elsewhere")
    server.command("epost_av:reload")
    procs.wait_until(lambda: server.board().counters["reload_failures"] > 0, 15, server.describe)
    expect.infected(server.exchange(icap.respmod(EICAR)))


def test_reload_changes_verdict_and_istag(make_server):
    """A threat that was clean before is found after the reload, under a new ISTag; back again, the old one."""
    server = make_server().start()
    first = server.options()["ISTag"]
    assert marked(server) == "clean"
    (server.bases / "more.ndb").write_text(MARK_SIGNATURE, encoding="ascii")
    assert marked(server) == "clean"  # nothing changes before somebody says so
    board = server.reload()
    assert marked(server) == "infected"
    second = server.options()["ISTag"]
    assert second != first
    assert server.exchange(icap.respmod(EICAR))["ISTag"] == second
    assert board.signatures == 3
    (server.bases / "more.ndb").unlink()
    server.reload()
    assert marked(server) == "clean"
    assert server.options()["ISTag"] == first, "the same signatures, another ISTag"


def test_reload_by_the_link(make_server, env):
    """Bases as the updater leaves it: a link to .bases/gen-N, switched by one rename."""
    root = env.directory("link")
    store = root / ".bases"
    store.mkdir()
    for number in (1, 2):
        environment.signatures(store / f"gen-{number}", environment.STARTER)
        (store / f"gen-{number}.lock").touch()
    (store / "gen-2" / "more.ndb").write_text(MARK_SIGNATURE, encoding="ascii")
    (root / "Bases").symlink_to(".bases/gen-1")
    server = make_server(bases=root / "Bases").start()
    assert server.board().generation == 1 and marked(server) == "clean"
    (root / "new").symlink_to(".bases/gen-2")
    os.rename(root / "new", root / "Bases")
    server.reload()
    assert server.board().generation == 2 and marked(server) == "infected"
    assert server.board().path.endswith("/.bases/gen-2")


def ofd_lock(kind):
    """struct flock for the whole file."""
    import struct
    return struct.pack("@hhqqi4x", kind, os.SEEK_SET, 0, 0, 0)


def test_a_generation_in_use_is_locked(make_server, env):
    """The updater can tell that generation 1 is read, and that it no longer is."""
    import fcntl
    root = env.directory("locked")
    for number in (1, 2):
        environment.signatures(_made(root / ".bases") / f"gen-{number}", environment.STARTER)
        (root / ".bases" / f"gen-{number}.lock").touch()
    (root / "Bases").symlink_to(".bases/gen-1")
    server = make_server(bases=root / "Bases").start()

    def free(number):
        with open(root / ".bases" / f"gen-{number}.lock", "rb+") as f:
            try:
                fcntl.fcntl(f, fcntl.F_OFD_SETLK, ofd_lock(fcntl.F_WRLCK))
                return True
            except BlockingIOError:
                return False
    # A lock by somebody who may only read the file keeps nobody from reading the generation.
    with open(root / ".bases" / "gen-2.lock", "rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        check_locks_move(server, root, free)


def check_locks_move(server, root, free):
    assert not free(1) and free(2)
    (root / "new").symlink_to(".bases/gen-2")
    os.rename(root / "new", root / "Bases")
    server.reload()
    procs.wait_until(lambda: free(1), 15 * server.env.slow, "generation 1 is still locked")
    assert not free(2)


def _made(directory):
    directory.mkdir(exist_ok=True)
    return directory


def test_sighup_reloads(make_server):
    import signal
    server = make_server().start()
    (server.bases / "more.ndb").write_text(MARK_SIGNATURE, encoding="ascii")
    before = server.board()
    procs.kill(before.supervisor, signal.SIGHUP)
    procs.wait_until(lambda: server.board().counters["reloads"] > before.counters["reloads"],
                     20 * server.env.slow, server.describe)
    assert marked(server) == "infected"


def test_many_reloads_leave_one_generation(make_server):
    server = make_server(workers=2).start()
    for _ in range(5):
        server.reload(60)
    reloads = server.board().counters["reloads"]
    for _ in range(20):
        wire.exchange(server.socket, wire.request(wire.RELOAD))
    procs.wait_until(lambda: server.board().state == "ready" and
                     server.board().counters["reloads"] > reloads, 60 * server.env.slow,
                     server.describe)
    expect.infected(server.exchange(icap.respmod(EICAR), timeout=60))
    wanted = ["epostavs", "epostavs-gen", "epostavs-guard", "epostavs-spare"] + \
        ["epostavs-worker"] * 3

    def names():
        return sorted(name for _, _, name in server.family() if name.startswith("epostavs"))
    procs.wait_until(lambda: names() == wanted, 60 * server.env.slow,
                     lambda: f"{names()} {server.describe()}", pause=0.1)


def test_bytecode_can_be_left_out(make_server):
    """Bytecode off: a set with bytecode loads, and what is in other files is found."""
    server = make_server(settings={"Bytecode": "off"}).start()
    expect.infected(server.exchange(icap.respmod(EICAR)))


def test_unsigned_bytecode_is_not_run(make_server):
    """An unsigned .cbc is libclamav's to refuse: it never serves silently."""
    server = make_server(bases=None, settings=QUICK)
    environment.signatures(server.bases, environment.STARTER, evil_cbc="ClamBCafh\n")
    server.start(ready=False)
    procs.wait_until(lambda: server.board().state in ("ready", "failed"), 15 * server.env.slow,
                     server.describe)
    if server.board().state == "ready":
        assert server.board().signatures == 2


def test_ping_says_whether_an_engine_serves(make_server):
    server = make_server(bases=None, settings=QUICK).start(ready=False)
    procs.wait_until(server.socket.exists, 10, server.describe)
    reply = wire.exchange(server.socket, wire.request(wire.PING))
    assert reply.verdict != "clean"
    reply = wire.scan(server.socket, EICAR, deadline_ms=1000)
    assert (reply.verdict, reply.reason) in (("error", "no-engine"), ("error", "timeout"))
