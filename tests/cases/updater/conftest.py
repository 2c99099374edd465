# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of the updater's cases: a mirror with two versions of a set, and a site to update."""
import pytest

from lib import mirrors
from lib.mirrorset import Mirror, listing
from lib.site import Site, manifest, wants

SAMPLE = b"a file that was clean until the second version of the set listed it\n" * 40


@pytest.fixture
def place(env, request):
    """A directory that also an unprivileged process can enter."""
    return env.directory(request.node.name.removeprefix("test_"))


@pytest.fixture
def mirror(place):
    """Published once: EICAR and one more file."""
    made = Mirror(place / "mirror")
    made.put("local.hsb", listing(b"something else", "Test.Old"))
    made.refresh()
    return made


@pytest.fixture
def second(mirror):
    """second() publishes the version that lists SAMPLE."""
    def publish(*options, at=None):
        mirror.put("local.hsb", listing(b"something else", "Test.Old") +
                   listing(SAMPLE, "Test.New"))
        mirror.refresh(*options, at=at)
        return mirror
    return publish


@pytest.fixture
def server(mirror):
    """A server of that mirror whose fault a case sets."""
    with mirrors.FaultyServer(mirror.directory) as made:
        yield made


@pytest.fixture
def site(place, mirror, server):
    """Updated once from that server."""
    made = Site(place / "site", manifest(server.url, key=mirror.key))
    wants(made.update(), 0)
    assert made.files() == mirror.sets[0] and made.generation() == 1
    return made
