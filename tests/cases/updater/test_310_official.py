# SPDX-License-Identifier: GPL-2.0-or-later
"""The official source by libfreshclam, from a local server with ClamAV's small real CVDs and cdiffs."""
import os
import pathlib
import shutil

import pytest

from lib import mirrorfaults as faults, slowness
from lib import mirrors, procs
from lib.site import COOLING, CURRENT, NETWORK, REFUSED, TESTLOAD, UPDATED, Site, clamav, manifest, wants

CVDS = pathlib.Path(os.environ.get("EPOST_TESTDATA", pathlib.Path(__file__).parents[4] / "shared" /
                                   "testdata")) / "clamav-cvd"

pytestmark = pytest.mark.skipif(not CVDS.is_dir(), reason="the small CVDs are not there")


class Official:
    """A server as ClamAV's: test.cvd and its cdiffs."""

    def __init__(self, directory):
        self.directory = directory
        directory.mkdir()
        self.server = mirrors.FaultyServer(directory)

    def publish(self, version, cdiffs=True):
        shutil.copy(CVDS / f"test-{version}.cvd", self.directory / "test.cvd")
        for path in self.directory.glob("*.cdiff"):
            path.unlink()
        for older in range(2, version + 1) if cdiffs else []:
            shutil.copy(CVDS / f"test-{older}.cdiff", self.directory)

    def whole(self):
        """The number of times that all of test.cvd was asked for."""
        return sum(path.startswith("/test.cvd") and "range" not in headers
                   for _, path, headers in self.server.requests)


@pytest.fixture
def official(place):
    made = Official(place / "official")
    yield made
    made.server.stop()


@pytest.fixture
def site(place, official, mirror, server):
    """Its EICAR comes from a mirror, so that the test-load is content."""
    official.publish(1)
    made = Site(place / "site", manifest(server.url, key=mirror.key),
                clamav(official.server.url, databases="test", dns="", cdiff="yes", interval="0"))
    wants(made.update(), UPDATED)
    assert version(made) == 1
    return made


def version(site):
    """Of the one test database in Bases."""
    (name,) = [n for n in site.files() if n.startswith("test.")]
    return int(site.files()[name].split(b":")[2])


def test_it_says_that_it_is_freshclam(site, official):
    """The real servers want to know, and refuse anybody else."""
    assert all("ClamAV" in h.get("user-agent", "") for _, _, h in official.server.requests)


def test_cdiffs_and_nothing_else(site, official):
    official.publish(3)
    before = official.whole()
    wants(site.update(), UPDATED, "test")
    assert version(site) == 3 and official.whole() == before
    asked = official.server.paths()
    assert any("test-2.cdiff" in p for p in asked) and any("test-3.cdiff" in p for p in asked)
    wants(site.update(), CURRENT)
    official.publish(6)
    wants(site.update(), UPDATED)
    assert version(site) == 6 and official.whole() == before
    assert [f["result"] for f in site.log() if f.get("source") == "official"] == [
        "updated", "updated", "current", "updated"]


def test_the_whole_file_when_a_cdiff_is_missing(site, official):
    official.publish(4, cdiffs=False)
    wants(site.update(), UPDATED)
    assert version(site) == 4


@pytest.mark.parametrize("fault", [faults.flipped, faults.truncate(40, False), faults.html])
def test_bad_cdiffs(site, official, fault):
    """They cost a whole download, or a wait, and never a wrong database."""
    official.publish(3)
    official.server.fault = faults.only("*.cdiff", fault)
    outcome = site.update(timeout=90)
    assert version(site) in (1, 3), outcome
    official.server.fault = faults.honest
    site.update("--force", timeout=90)
    assert version(site) == 3


def test_a_database_that_was_altered(site, official):
    official.publish(5, cdiffs=False)
    before = site.files()
    official.server.fault = faults.only("*.cvd", faults.flipped)
    outcome = site.update(timeout=90)
    assert outcome.code in (REFUSED, NETWORK, TESTLOAD) and site.files() == before, outcome
    official.server.fault = faults.honest
    wants(site.update("--force", timeout=90), UPDATED)
    assert version(site) == 5


def test_a_server_that_goes_back(site, official):
    official.publish(4)
    wants(site.update(), UPDATED)
    official.publish(2)
    outcome = site.update(timeout=90)
    assert outcome.code != UPDATED and version(site) == 4, outcome


@pytest.mark.parametrize("code", [429, 403])
def test_cool_down(site, official, code):
    """A server that is angry is left alone, and that is not called success."""
    official.publish(3)
    official.server.fault = faults.status(code, retry_after=7200)
    outcome = site.update(timeout=90)
    assert outcome.code in (COOLING, NETWORK) and version(site) == 1, outcome
    official.server.fault = faults.honest
    asked = len(official.server.requests)
    wants(site.update(timeout=90), COOLING)
    assert len(official.server.requests) == asked
    wants(site.update(at="+25h", timeout=90), UPDATED)
    assert version(site) == 3


def test_a_dead_server_does_not_stop_the_others(site, official, mirror):
    official.server.stop()
    mirror.put("more.hdb", "a" * 32 + ":7:Test.More\n")
    mirror.refresh()
    wants(site.update(timeout=90), NETWORK, "official")
    assert "more.hdb" in site.files() and version(site) == 1


def test_a_stalled_server(site, official):
    official.publish(4, cdiffs=False)
    site.use(FileTimeout="5s", RunTimeout="8s")
    official.server.fault = faults.only("*.cvd", faults.stall(600))
    outcome = site.update(timeout=90)
    assert outcome.code == NETWORK and outcome.seconds < slowness.scaled(40) and version(site) == 1, outcome


def test_a_killed_updater_takes_libfreshclam_along(site, official):
    official.publish(4, cdiffs=False)
    official.server.fault = faults.only("*.cvd", faults.stall(600))
    asked = len(official.server.requests)

    def alive():
        return [p for p in procs.belonging(site.root) if p.name.startswith("epost-auto")]
    with site.start() as process:
        procs.wait_until(lambda: len(official.server.requests) > asked and len(alive()) > 1, 20,
                         "libfreshclam was not started")
        process.kill()
        process.wait(slowness.scaled(10))
    procs.wait_until(lambda: not alive(), 5, lambda: f"left: {alive()}")
    official.server.fault = faults.honest
    wants(site.update("--force", timeout=90), UPDATED)
    assert version(site) == 4


def test_a_private_mirror(place, official, mirror, server):
    """One's own server of official databases: CVDs and CLDs as they are."""
    official.publish(2)
    site = Site(place / "private", manifest(server.url, key=mirror.key),
                clamav(official.server.url, databases="test", private="yes", interval="0"))
    wants(site.update(), UPDATED)
    official.publish(5)
    wants(site.update(), UPDATED)
    assert version(site) == 5
    wants(site.update(), CURRENT)


def test_never_two_of_a_name(site, official):
    """An old .cvd beside a new .cld would be loaded too."""
    for number in (3, 5, 6):
        official.publish(number, cdiffs=number != 5)
        wants(site.update(), UPDATED)
        assert version(site) == number
    wants(site.update("--rollback"), UPDATED)
    assert version(site) == 5


def test_asked_no_more_often_than_its_interval(place, official, mirror, server):
    official.publish(1)
    site = Site(place / "slow", manifest(server.url, key=mirror.key),
                clamav(official.server.url, databases="test", dns="", interval="2h"))
    wants(site.update(), UPDATED)
    official.publish(2)
    asked = len(official.server.requests)
    outcome = site.update()
    assert outcome.code in (CURRENT, COOLING) and len(official.server.requests) == asked
    wants(site.update(at="+3h"), UPDATED)
    assert version(site) == 2
