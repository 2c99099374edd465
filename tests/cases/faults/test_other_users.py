# SPDX-License-Identifier: GPL-2.0-or-later
"""What a local user may try who is none of ours: locks on all that it can open, connections without
end, commands. Nothing is lost, nothing waits, and nothing is taken from c-icap."""

import pytest

from lib import faults, icap, otheruser, procs, samples, wire
from lib.eicar import EICAR
from lib.load import Load

JOBS = [(lambda: icap.respmod(EICAR, service="strict"), ("infected",)),
        (lambda: icap.respmod(samples.unique(), service="strict"), ("clean",))]


def taken_over(server, old):
    procs.wait_until(lambda: (board := server.board()).supervisor not in (0, old) and board.ready and
                     not procs.gone(board.supervisor), 30 * server.env.slow, server.describe)
    server.wait_ready()


def test_locks(make_server):
    """On each file that it can open. The supervisor is replaced, signatures are loaded again, and all
    of the scanner starts anew."""
    server = make_server(workers=2).start()
    with otheruser.holds(otheruser.LOCKS, server.root) as locked:
        assert any(path.endswith(".board") for path in locked), locked
        assert not any(path.endswith(".lock") for path in locked), locked
        with Load(server.port, JOBS, timeout=60 * server.env.slow) as load:
            load.wait_for(10, 60)
            old = server.board().supervisor
            procs.kill(old)
            taken_over(server, old)
            server.reload(60)
            load.wait_for(10, 60)
        assert not load.wrong and not load.lost, load
        old = server.board().supervisor
        for pid in [old] + [pid for pid, _, name in server.family() if name == "epostavs-guard"]:
            procs.kill(pid)
        taken_over(server, old)
        assert wire.scan(server.socket, EICAR).verdict == "infected"


def test_connections(make_server):
    """Two thousand of them; a quarter of all is its share. c-icap has its own."""
    server = make_server(workers=2, settings={"SocketMode": "0666", "Queue": 200}).start()
    with otheruser.holds(otheruser.CONNECTIONS, server.socket, 2000):
        with Load(server.port, JOBS, timeout=60 * server.env.slow) as load:
            load.wait_for(100, 90)
    assert not load.wrong and not load.lost, load
    procs.wait_until(lambda: wire.Reply(otheruser.asks(server.socket, wire.request(wire.SCAN, EICAR))[0])
                     .verdict == "infected", 30 * server.env.slow, server.describe)


@pytest.mark.parametrize("kind, body", [(wire.RELOAD, b""), (wire.SETTINGS, b"Workers=1\n"), (5, b"")],
                         ids=["reload", "settings", "reopen"])
def test_commands(make_server, kind, body):
    """Whoever may ask for scans may not give orders."""
    server = make_server(workers=2, settings={"SocketMode": "0666"}).start()
    before = server.board()
    server.touch()
    scan, order = otheruser.asks(server.socket, wire.request(wire.SCAN, EICAR), wire.request(kind, body))
    assert wire.Reply(scan).verdict == "infected"
    assert wire.Reply(order).reason == "protocol" and "only the scanner's own user" in wire.Reply(order).detail
    server.reload()  # it would have come first
    after = server.board()
    assert after.counters["reloads"] == before.counters["reloads"] + 1, server.describe()
    faults.settled(server)  # the generation of before has ended, and there is one
