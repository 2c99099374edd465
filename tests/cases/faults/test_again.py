# SPDX-License-Identifier: GPL-2.0-or-later
"""Reloads and reconfigures under eight clients, again and again: nothing is lost, and processes,
descriptors and memory are what they were. A reload ends however busy the machine is."""

import os

import pytest

from lib import icap, procs, samples
from lib.eicar import EICAR
from lib.load import Load

JOBS = [(lambda: icap.respmod(EICAR, service="strict"), ("infected",)),
        (lambda: icap.respmod(samples.unique(20000), service="strict"), ("clean",))]
FEW, MANY = 3, 50
GROWTH = 8 << 20  # bytes that a supervisor may grow by


def resident(pid):
    with open(f"/proc/{pid}/statm", encoding="ascii") as f:
        return int(f.read().split()[1]) * os.sysconf("SC_PAGESIZE")


def shape(server):
    """Names of all processes, and the supervisor's descriptors."""
    return (sorted(name for _, _, name in server.family()),
            len(os.listdir(f"/proc/{server.board().supervisor}/fd")))


def same_again(server, before, timeout=60):
    def same():
        now = shape(server)
        return now[0] == before[0] and now[1] <= before[1] + 2
    procs.wait_until(same, timeout * server.env.slow,
                     lambda: f"{shape(server)}, before {before}", pause=0.1)


def quiet(server):
    """All processes are there."""
    wanted = int(server.settings["Workers"]) + 1
    procs.wait_until(lambda: [n for _, _, n in server.family()].count("epostavs-worker") == wanted
                     and [n for _, _, n in server.family()].count("epostavs-spare") == 1 and
                     len(server.board().slots) == wanted, 60 * server.env.slow, server.describe)
    return shape(server)


def reloads(server, count):
    before = quiet(server)
    supervisor = server.board().supervisor
    server.reload(100)  # the first one may make it grow
    memory = resident(supervisor)
    with Load(server.port, JOBS, timeout=100) as load:
        for _ in range(count):
            server.reload(100)
            load.wait_for(10, 60)
    assert not load.wrong and not load.lost, load
    same_again(server, before)
    if not server.env.preload:
        assert resident(supervisor) < memory + GROWTH


def reconfigures(server, count):
    before = quiet(server)
    supervisor = server.board().supervisor
    with Load(server.port, JOBS, timeout=100, per_connection=5) as load:
        for _ in range(count):
            old = set(server.children_pids())
            server.command("reconfigure")
            procs.wait_until(lambda o=old: len(server.children_pids()) >= server.children and
                             not set(server.children_pids()) & o, 90 * server.env.slow,
                             server.describe)
            load.wait_for(10, 60)
    assert not load.wrong and not load.lost, load
    assert server.board().supervisor == supervisor
    same_again(server, before)


def test_reloads(make_server):
    reloads(make_server(workers=3).start(), FEW)


@pytest.mark.heavy
@pytest.mark.timeout(1500)
def test_fifty_reloads(make_server):
    reloads(make_server(workers=3).start(), MANY)


def test_reconfigures(make_server):
    reconfigures(make_server(workers=3).start(), 2)


@pytest.mark.heavy
@pytest.mark.timeout(1500)
def test_twenty_reconfigures(make_server):
    reconfigures(make_server(workers=3).start(), 20)


def test_reload_ends_under_load(make_server):
    """A set that takes long to load, eight clients and a scan that is never done: it loads."""
    import random
    made = random.Random(5)
    server = make_server(workers=3)
    (server.bases / "large.hsb").write_text(
        "".join(f"{made.getrandbits(256):064x}:{1000 + n}:Test.Hash{n}:73\n"
                for n in range(60_000)), encoding="ascii")
    server.start(timeout=60)
    with Load(server.port, JOBS, timeout=100) as load:
        load.wait_for(20, 60)
        server.reload(100)
        load.wait_for(20, 60)
    assert not load.wrong and not load.lost, load
