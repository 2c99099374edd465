# SPDX-License-Identifier: GPL-2.0-or-later
"""Everything at once: random faults, one after the other, under load. Whatever happens, nothing
infected passes, nothing clean is called infected, and at the end it serves as at the start."""

import random

import pytest

from lib import expect, icap, procs, samples
from lib.eicar import EICAR
from lib.load import Load

FAULTS = 25


def jobs():
    zip_file = next(p for p in samples.testfiles() if p.name == "clam.zip").read_bytes()
    bad = {"infected", "failed", "unscannable"}
    good = {"clean", "failed", "unscannable"}
    return [(lambda: icap.respmod(EICAR, service="strict", preview=1024, allow="204"), bad),
            (lambda: icap.respmod(samples.unique(20000), service="strict", preview=0), good),
            (lambda: icap.reqmod(zip_file, service="mail"), bad),
            (lambda: icap.reqmod(samples.unique(90000), service="mail", allow="204"), good)]


def faults(server):
    """Name → what it does."""
    def a_worker():
        slots = server.board().slots
        if slots:
            procs.kill(slots[0].pid)

    def the_generation():
        board = server.board()
        workers = {w.pid for w in board.slots}
        for one in procs.children(board.supervisor):
            if one.pid not in workers:
                procs.kill(one.pid)

    def reload():
        server.touch()
        server.command("epost_av:reload")

    return {"worker": a_worker, "generation": the_generation,
            "supervisor": lambda: procs.kill(server.board().supervisor),
            "child": lambda: procs.kill(server.children_pids()[0]),
            "reload": reload,
            "reconfigure": lambda: server.command("reconfigure")}


@pytest.mark.heavy
@pytest.mark.timeout(400)
@pytest.mark.parametrize("seed", [1, 2])
def test_random_faults(make_server, seed):
    server = make_server(f"soak-{seed}", children=3, workers=6).start()
    chance = random.Random(seed)
    does = faults(server)
    children_killed = 0
    with Load(server.port, jobs(), timeout=60) as load:
        for _ in range(FAULTS):
            name = chance.choice(sorted(does))
            children_killed += name == "child"
            if server.children_pids() or name != "child":
                does[name]()
            load.wait_for(chance.randint(1, 60), 90)
    assert not load.wrong, load.wrong[:3]
    assert len(load.lost) <= 8 * children_killed, load.lost
    server.wait_ready(60)
    procs.wait_until(lambda: "X-Infection-Found" in
                     server.exchange(icap.respmod(EICAR)).headers, 20, server.describe)
    request = icap.respmod(samples.unique(), service="strict")
    procs.wait_until(lambda: expect.verdict(request, server.exchange(request)) == "clean", 20,
                     server.describe)
