# SPDX-License-Identifier: GPL-2.0-or-later
"""kill -9 at every step that changes the disk, and a disk that is full at every one: Bases holds
one whole set, and the next run brings the new one and clears up."""
import contextlib
import os
import shutil
import subprocess

import pytest

from lib import inject, mirrors
from lib.smalldisk import SmallDisk
from lib.site import CURRENT, DISK, UPDATED, Site, manifest

pytestmark = pytest.mark.skipif(not inject.available(), reason="strace is missing or may not trace")
QUICK = 12  # steps that the quick run tries, spread over all


def environ():
    return {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}  # it cannot work under strace


def spread(steps, count):
    if count is None or len(steps) <= count:
        return steps
    return [steps[i * (len(steps) - 1) // (count - 1)] for i in range(count)]


class Case:
    """A site that an update to the second set awaits, again and again."""

    def __init__(self, site, mirror, second):
        self.site, self.mirror = site, mirror
        second()
        self.saved = site.root.with_name("saved")
        shutil.copytree(site.root, self.saved, symlinks=True)
        self.steps, result = inject.steps(site.command(), environ())
        assert result.returncode == UPDATED and site.files() == mirror.sets[1], result.stderr
        self.clean_store = site.store()
        assert len(self.steps) > 20

    def reset(self):
        shutil.rmtree(self.site.root)
        shutil.copytree(self.saved, self.site.root, symlinks=True)

    def whole(self, step):
        """One whole set serves."""
        assert self.site.files() in self.mirror.sets, step
        assert self.site.generation() in (1, 2, 3), step

    def recovers(self, step):
        outcome = self.site.update("--force")
        assert outcome.code in (UPDATED, CURRENT), (step, outcome)
        assert self.site.files() == self.mirror.sets[1], (step, outcome)
        self.site.update()
        names = [n for n in self.site.store() if not n.startswith("gen-")]
        assert names == [n for n in self.clean_store if not n.startswith("gen-")], step
        assert len(self.site.generations()) <= 3, step


@pytest.fixture
def case(site, mirror, second):
    return Case(site, mirror, second)


def killed(case, count):
    hit = 0
    for step in spread(case.steps, count):
        case.reset()
        hit += inject.kill(case.site.command(), step, environ())
        case.whole(step)
        case.recovers(step)
    assert hit >= len(spread(case.steps, count)) * 3 // 4, "the steps were not reached"


def test_killed_at_some_steps(case):
    killed(case, QUICK)


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_killed_at_every_step(case):
    killed(case, None)


def failing(case, count, error):
    steps = [s for s in case.steps if s.call not in ("flock", "unlink", "unlinkat", "rmdir")]
    for step in spread(steps, count):
        case.reset()
        result = inject.fail(case.site.command(), step, error, False, environ())
        case.whole(step)
        assert 0 <= result.returncode <= 12, (step, result)
        if result.returncode not in (UPDATED, CURRENT):
            assert result.stderr.strip(), step
        case.recovers(step)


@pytest.mark.parametrize("error", ["ENOSPC", "EIO"])
def test_some_writes_fail(case, error):
    failing(case, QUICK, error)


@pytest.mark.heavy
@pytest.mark.timeout(900)
@pytest.mark.parametrize("error", ["ENOSPC", "EIO", "EDQUOT"])
def test_every_write_fails(case, error):
    failing(case, None, error)


@pytest.mark.heavy
@pytest.mark.timeout(900)
def test_killed_at_the_first_update_ever(place, mirror, server):
    """There is no Bases yet: none at all, or a whole one."""
    site = Site(place / "first", manifest(server.url, key=mirror.key))
    empty = place / "empty"
    shutil.copytree(site.root, empty)
    steps, _ = inject.steps(site.command(), environ())
    for step in steps:
        shutil.rmtree(site.root)
        shutil.copytree(empty, site.root)
        inject.kill(site.command(), step, environ())
        assert site.files() in (None, mirror.sets[0]), step
        site.update("--force")
        assert site.files() == mirror.sets[0], step


def test_killed_twice_in_a_row_at_any_moment(site, mirror, second):
    """Without strace: by the clock, in ever other places."""
    second()
    for delay in [i / 250 for i in range(1, 16)] * 2:
        with site.start("--force") as process:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(delay)
            process.kill()
        assert site.files() in mirror.sets
    assert site.update("--force").code in (UPDATED, CURRENT)
    assert site.files() == mirror.sets[1]


SMALL = list(range(16, 260, 4))  # KiB of a disk on which the update hardly fits


@pytest.mark.parametrize("sizes", [SMALL[::8], pytest.param(SMALL, marks=pytest.mark.heavy)])
def test_a_disk_that_is_too_small(place, mirror, second, sizes):
    """A real, tiny file system: whatever its size, one whole set serves, and once there is room
    the update goes through."""
    with mirrors.FaultyServer(mirror.directory) as server:
        outcomes = set()
        for size in sizes:
            with SmallDisk(place / f"disk-{size}", size) as disk:
                site = Site(disk.seen, manifest(server.url, key=mirror.key))
                site.inside(disk)
                outcomes.add(site.update().code)
                assert site.files() in (None, mirror.sets[0])
                disk.resize(4096)
                site.update("--force")
                assert site.files() == mirror.sets[0], size
        assert DISK in outcomes and outcomes <= {DISK, UPDATED}, outcomes
