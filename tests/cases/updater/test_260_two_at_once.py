# SPDX-License-Identifier: GPL-2.0-or-later
"""Two updaters at the same time, and one that hangs about."""
import threading

from lib import mirrorfaults as faults, otheruser, slowness
from lib import procs
from lib.site import CURRENT, LOCKED, UPDATED, wait_for_requests, wants


def test_the_second_says_so_and_goes(site, server, mirror, second):
    second()
    may_end = threading.Event()

    def held(exchange):
        may_end.wait(slowness.scaled(60))
        faults.honest(exchange)
    server.fault = held
    before = len(server.requests)
    with site.start() as first:
        wait_for_requests(server, before + 1)
        wants(site.update(), LOCKED, "another")
        assert "running" in site.update("--status").text
        server.fault = faults.honest
        may_end.set()
        assert first.wait(slowness.scaled(60)) == UPDATED
    assert site.files() == mirror.sets[1]
    wants(site.update(), CURRENT)


def test_a_crowd(site, mirror, second):
    """Twelve at once: one does it, the others find it locked or done."""
    second()
    crowd = [site.start() for _ in range(12)]
    codes = []
    for one in crowd:
        one.communicate(timeout=slowness.scaled(60))
        codes.append(one.returncode)
    assert codes.count(UPDATED) == 1 and set(codes) <= {UPDATED, LOCKED, CURRENT}, codes
    assert site.files() == mirror.sets[1] and site.generations() == [1, 2]


def test_a_killed_one_leaves_no_lock(site, server, mirror, second):
    second()
    server.fault = faults.delayed(30)
    before = len(server.requests)
    with site.start() as first:
        wait_for_requests(server, before + 1)
        first.kill()
        first.wait(slowness.scaled(10))
    server.fault = faults.honest
    wants(site.update("--force"), UPDATED)
    assert site.files() == mirror.sets[1]


def test_another_user_holds_all_that_it_can_open(site, mirror, second):
    """Locks on every file of Bases, of its generations and of the state keep no update away."""
    with otheruser.holds(otheruser.LOCKS, site.root) as locked:
        assert any("gen-1" in path for path in locked), locked
        assert not any(path.endswith("/lock") for path in locked), locked
        second()
        wants(site.update(), UPDATED)
        wants(site.update("--rollback"), UPDATED)
        wants(site.update("--force"), UPDATED)
    assert site.files() == mirror.sets[1]


def alive(site):
    """Processes of this site's updater, its children included."""
    return [p for p in procs.belonging(site.root) if p.name.startswith("epost-auto")]


def loaders(pid):
    return [p for p in procs.children(pid) if p.name.startswith("epost-auto")]


def test_a_killed_one_takes_its_test_load_along(site, mirror):
    """The child that loads a big set does not go on without anybody to tell."""
    mirror.put("many.hdb", "".join(f"{i:032x}:{i + 1}:Test.Many.{i}\n" for i in range(300000)))
    mirror.refresh()
    with site.start() as first:
        procs.wait_until(lambda: loaders(first.pid), 30, "no child was started", pause=0.001)
        first.kill()
        first.wait(slowness.scaled(10))
    procs.wait_until(lambda: not alive(site), 5, lambda: f"left: {alive(site)}")
    assert site.files() == mirror.sets[0]
    wants(site.update("--force"), UPDATED)


def test_a_terminated_one_clears_up(site, server, mirror, second):
    """SIGTERM, as a shutdown sends it, in the middle of a transfer."""
    second()
    server.fault = faults.only("objects/*", faults.stall(5))
    before = len(server.requests)
    with site.start() as first:
        wait_for_requests(server, before + 3)
        first.terminate()
        assert first.wait(slowness.scaled(10)) != UPDATED
    procs.wait_until(lambda: not alive(site), 5, lambda: f"left: {alive(site)}")
    assert site.files() == mirror.sets[0]
    server.fault = faults.honest
    wants(site.update("--force"), UPDATED)


def test_no_process_is_left(site, mirror, second):
    second()
    wants(site.update(), UPDATED)
    assert not alive(site)
