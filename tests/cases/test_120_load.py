# SPDX-License-Identifier: GPL-2.0-or-later
"""Reload, reconfigure and kills under eight concurrent clients: no wrong verdict, no lost
request beyond what a killed process held, no second scanner."""

import itertools

import pytest

from lib import expect, icap, procs, samples
from lib.eicar import EICAR
from lib.load import Load

BIG = samples.incompressible(300000, 3)
_serial = itertools.count()


def jobs():
    """Clean and infected, cached and never seen, small and large, both methods."""
    zip_file = next(p for p in samples.testfiles() if p.name == "clam.zip").read_bytes()
    return [
        (lambda: icap.respmod(EICAR, service="strict", preview=1024, allow="204"), {"infected"}),
        (lambda: icap.respmod(samples.unique(3000), service="strict", preview=1024), {"clean"}),
        (lambda: icap.reqmod(samples.unique(200), service="strict", allow="204"), {"clean"}),
        (lambda: icap.reqmod(EICAR, service="strict"), {"infected"}),
        (lambda: icap.respmod(BIG + b"%d" % next(_serial), service="strict"), {"clean"}),
        (lambda: icap.respmod(zip_file, service="strict", allow="204"), {"infected"}),
        (lambda: icap.respmod(EICAR + b"\r\n" * (next(_serial) % 40), service="strict"),
         {"infected"}),
        (lambda: icap.respmod(b"always the same", service="strict", preview=1024), {"clean"})]


def or_unscanned():
    """The same where a scan may be lost: strict then blocks as not scanned."""
    return [(make, right | {"unscannable"}) for make, right in jobs()]


def spotless(load):
    assert not load.wrong, load.wrong[:3]
    assert not load.lost, load.lost[:5]
    assert load.outcomes["clean"] > 0 and load.outcomes["infected"] > 0
    assert set(load.outcomes) <= {"clean", "infected"}, load


def one_scanner(server):
    """Exactly one supervisor, and its workers and one generation below it."""
    board = server.board()
    assert not procs.gone(board.supervisor)
    procs.wait_until(
        lambda: sorted(s.pid for s in procs.belonging(server.root, server.pid)
                       if s.name == "epostavs" and s.ppid != server.board().supervisor) ==
        [server.board().supervisor], 20 * server.env.slow, lambda: f"{server.family()}")


def test_steady(make_server):
    """The others are compared with this."""
    server = make_server().start()
    with Load(server.port, jobs()) as load:
        load.wait_for(600)
    spotless(load)


@pytest.mark.timeout(600)
def test_reload(make_server):
    server = make_server().start()
    with Load(server.port, jobs()) as load:
        load.wait_for(50)
        for i in range(5):
            (server.bases / "more.ndb").write_text(f"Test.More{i}:0:*:{'ab' * (20 + i)}\n",
                                                   encoding="ascii")
            server.reload(90)
            load.wait_for(60)
    spotless(load)
    one_scanner(server)


def test_failing_reloads(make_server):
    server = make_server().start()
    with Load(server.port, jobs()) as load:
        (server.bases / "broken.ndb").write_text("Broken:0:*:zz\n", encoding="ascii")
        for i in range(3):
            server.command("epost_av:reload")
            procs.wait_until(lambda n=i: server.board().counters["reload_failures"] > n, 30,
                             server.describe)
            load.wait_for(60)
    spotless(load)
    one_scanner(server)


def reconfigure(server):
    """c-icap's own command; waits until all children are new and the new code serves."""
    before = set(server.children_pids())
    server.command("reconfigure")

    def replaced():
        now = set(server.children_pids())
        return len(now) >= server.children and not now & before
    procs.wait_until(replaced, 90 * server.env.slow, server.describe)


def test_reconfigure(make_server):
    """Old children finish their connections, new ones serve; the scanner is adopted, and
    there is never a second."""
    server = make_server(children=2).start()
    supervisor = server.board().supervisor
    with Load(server.port, jobs(), per_connection=5) as load:
        load.wait_for(50)
        for _ in range(2):
            reconfigure(server)
            load.wait_for(80)
    spotless(load)
    assert server.board().supervisor == supervisor, "a new scanner was started without need"
    one_scanner(server)


def test_reconfigure_with_new_settings(make_server):
    """Changed directives hold after it: the limit, and the ISTag that names the policy."""
    server = make_server(children=2).start()
    tag = server.options("web")["ISTag"]
    body = samples.incompressible(2 << 20, 11)
    request = icap.respmod(body, service="strict")
    expect.clean(request, server.exchange(request))
    server.settings["MaxFileSize"] = "1M"
    server.write_config()
    reconfigure(server)
    server.wait_ready()
    procs.wait_until(
        lambda: expect.verdict(request, server.exchange(request)) == "unscannable",
        20 * server.env.slow, server.describe)
    assert server.options("web")["ISTag"] != tag
    one_scanner(server)


def test_worker_kills(make_server):
    """A kill -9 of a worker costs its own scan at most."""
    server = make_server(workers=6).start()
    kills = 6
    with Load(server.port, or_unscanned()) as load:
        load.wait_for(30)
        for _ in range(kills):
            slots = server.board().busy() or server.board().slots
            procs.kill(slots[0].pid)
            load.wait_for(40)
    assert not load.wrong, load.wrong[:3]
    assert not load.lost, load.lost[:3]
    assert load.outcomes["unscannable"] <= 8 * kills, load
    assert server.board().counters["crashes"] <= kills


@pytest.mark.timeout(300)
def test_supervisor_kill(make_server):
    """No wrong verdict while it is away, and another one takes over under load."""
    server = make_server().start()
    with Load(server.port, or_unscanned()) as load:
        load.wait_for(50)
        for _ in range(2):
            before = server.board().supervisor
            procs.kill(before)
            procs.wait_until(lambda b=before: server.board().supervisor not in (0, b) and
                             server.board().ready, 30 * server.env.slow, server.describe)
            load.wait_for(80)
    assert not load.wrong, load.wrong[:3]
    assert not load.lost, load.lost[:3]
    one_scanner(server)


def test_cicap_child_kill(make_server):
    """Only requests on the killed child's connections are lost."""
    server = make_server(children=3, threads=10).start()
    with Load(server.port, jobs()) as load:
        load.wait_for(50)
        procs.kill(server.children_pids()[0])
        load.wait_for(100)
        procs.wait_until(lambda: len(server.children_pids()) == 3, 20, server.describe)
        load.wait_for(50)
    assert not load.wrong, load.wrong[:3]
    assert len(load.lost) <= 8, load.lost
    one_scanner(server)


def test_stop_under_load(make_server):
    """SIGTERM while clients are busy: all ends, nothing is left (checked behind the case)."""
    server = make_server().start()
    with Load(server.port, or_unscanned(), timeout=20) as load:
        load.wait_for(50)
        server.stop()
    assert not load.wrong, load.wrong[:3]
