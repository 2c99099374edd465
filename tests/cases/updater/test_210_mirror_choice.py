# SPDX-License-Identifier: GPL-2.0-or-later
"""Twenty mirrors behind a real nginx: each bears its share, and any of them may be down."""
import collections
import contextlib

import pytest

from lib import mirrors, slowness
from lib.site import COOLING, CURRENT, NETWORK, UPDATED, Site, manifest, wants

COUNT = 20


@pytest.fixture
def twenty(mirror):
    with mirrors.Nginx([mirror.directory] * COUNT) as nginx:
        yield nginx


def chi_square(counts, expected):
    return sum((n - expected) ** 2 / expected for n in counts)


def picked(nginx):
    """The number of times that each mirror was asked for the index."""
    return [sum("/index.xml " in line for line in nginx.log(i)) for i in range(COUNT)]


def spread(site, nginx, runs):
    """What comes by chance once in thousands of times may come once: the picks that follow decide."""
    site.use(manifest(*nginx.urls, key=site.key))
    wants(site.update(), UPDATED)
    seen, before = [], [0] * COUNT
    for already in (1, 0):
        for _ in range(runs - already):
            wants(site.update(), CURRENT)
        now = picked(nginx)
        counts = [n - b for n, b in zip(now, before)]
        assert sum(counts) == runs, counts
        # 19 degrees of freedom: more than 52 comes by chance once in ten thousand times
        seen, before = [*seen, counts], now
        if chi_square(counts, runs / COUNT) < 52:
            return counts
    raise AssertionError(seen)


@pytest.fixture
def site(place, mirror):
    made = Site(place / "site")
    made.key = mirror.key
    return made


def test_all_twenty_get_picked(site, twenty):
    counts = spread(site, twenty, 80)
    assert sum(n > 0 for n in counts) >= 15


@pytest.mark.heavy
def test_all_twenty_get_picked_evenly(site, twenty):
    assert min(spread(site, twenty, 600)) > 8


def test_a_range_names_all_twenty(site, mirror):
    """As an operator writes it: one host for each number."""
    addresses = [f"127.0.0.{i}" for i in range(10, 10 + COUNT)]
    with mirrors.Nginx([mirror.directory] * COUNT, addresses) as nginx:
        site.use(manifest(f"http://127.0.0.{{10..29}}:{nginx.ports[0]}/", key=mirror.key))
        for run in range(40):
            wants(site.update(), UPDATED if run == 0 else CURRENT)
        counts = picked(nginx)
        assert sum(counts) == 40 and sum(n > 0 for n in counts) >= 11, counts


@pytest.mark.parametrize("down", [1, 5, 10, 15, 19])
def test_some_are_down(site, mirror, second, down):
    """An update succeeds whatever is drawn, and asks nobody twice."""
    with contextlib.ExitStack() as stack:
        urls = [f"http://127.0.0.1:{stack.enter_context(mirrors.closed_port())}/"
                for _ in range(down)]
        up = [stack.enter_context(mirrors.FaultyServer(mirror.directory)) for _ in range(COUNT - down)]
        site.use(manifest(*urls, *(s.url for s in up), key=mirror.key))
        wants(site.update(), UPDATED)
        assert site.files() == mirror.sets[0]
        second()
        wants(site.update(), UPDATED)
        assert site.files() == mirror.sets[1]
        asked = collections.Counter(p for s in up for p in s.paths())
        assert asked["/index.xml"] == 2, asked


def test_all_are_down_and_then_one_comes_back(site, mirror):
    with contextlib.ExitStack() as stack:
        ports = [stack.enter_context(mirrors.closed_port()) for _ in range(COUNT)]
        site.use(manifest(*(f"http://127.0.0.1:{p}/" for p in ports), key=mirror.key))
        outcome = wants(site.update(), NETWORK, "connect")
        assert outcome.seconds < slowness.scaled(10) and site.files() is None
    with mirrors.FaultyServer(mirror.directory, port=ports[7]):
        wants(site.update(), COOLING, "--force")
        wants(site.update(at="+7m"), UPDATED)
        assert site.files() == mirror.sets[0]


def test_one_that_failed_is_left_for_others(site, mirror):
    """Its health is kept on disk: the next runs ask healthy ones first."""
    with mirrors.closed_port() as port, mirrors.FaultyServer(mirror.directory) as good:
        dead = f"http://127.0.0.1:{port}/"
        site.use(manifest(dead, good.url, key=mirror.key))
        said = [dead in site.update().text or f":{port}" in site.update().text for _ in range(12)]
        assert sum(said) <= 1, said
