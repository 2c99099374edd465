# SPDX-License-Identifier: GPL-2.0-or-later
"""A reload in a control group that has no room for two engines: the old one finishes and goes, then
the new one loads. The kernel kills nobody, and no request is lost."""

import pytest

from lib import expect, faults, icap, procs, samples
from lib.eicar import EICAR
from lib.group import Group
from lib.load import Load

MIB = 1 << 20
JOBS = [(lambda: icap.respmod(EICAR, service="strict"), ("infected",)),
        (lambda: icap.respmod(samples.unique(20000), service="strict"), ("clean",))]


def large_bases(server, count):
    """About 160 bytes of memory each."""
    with open(server.bases / "large.hdb", "w", encoding="ascii") as f:
        f.writelines(f"{n * 0x9e3779b97f4a7c15f39cc0605cedc835 % (1 << 128):032x}:{1000 + n % 999}:"
                     f"T.H{n}\n" for n in range(count))


def reloads(server, group, count):
    for _ in range(count):
        before = server.board()
        with Load(server.port, JOBS, clients=4, timeout=300, per_connection=5) as load:
            load.wait_for(10, 120)
            board = server.reload(100)
            load.wait_for(10, 120)
        assert not load.wrong and not load.lost, (load.wrong or load.lost)[0]
        assert board.counters["reloads"] == before.counters["reloads"] + 1, server.describe()
        assert board.counters["reload_failures"] == 0, server.describe()
        assert group.killed() == 0, server.describe()
    # One engine at a time: each load was behind the end of the one before.
    assert server.text("epostavs.log").count("the old one ends first") == count
    procs.wait_until(lambda: len(faults.engine_processes(server, "epostavs-gen")) == 1, 20,
                     server.describe)
    expect.infected(server.exchange(icap.respmod(EICAR, service="strict")))


@pytest.fixture
def group(limit):
    """Before make_server in a case: a group is removed when the server is gone."""
    with Group(limit * MIB) as made:
        yield made


@pytest.mark.timeout(900)
@pytest.mark.parametrize("limit, count, rounds", [
    (300, 700_000, 1), pytest.param(512, 1_500_000, 3, marks=pytest.mark.heavy)])
def test_reload(group, make_server, count, rounds):
    server = make_server(workers=2, settings={"Profile": "strict timeout=280"})
    server.enter = group.enter()
    large_bases(server, count)
    server.start(timeout=100)
    reloads(server, group, rounds)
