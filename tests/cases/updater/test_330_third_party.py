# SPDX-License-Identifier: GPL-2.0-or-later
"""Third-party sets by URL: conditional, capped, at their own interval, never in others' way."""
import pytest

from lib import mirrorfaults as faults
from lib import mirrors
from lib.site import (CURRENT, NETWORK, REFUSED, TESTLOAD, UPDATED, Site, manifest, url, wants)

LINE = "a" * 32 + ":{}:Test.Third\n"


@pytest.fixture
def third(place):
    directory = place / "third"
    directory.mkdir()
    (directory / "third.hdb").write_text(LINE.format(1), encoding="ascii")
    with mirrors.FaultyServer(directory) as made:
        yield made


@pytest.fixture
def site(place, mirror, server, third):
    made = Site(place / "site", manifest(server.url, key=mirror.key),
                url(third.url + "third.hdb", insecure="yes", interval="0", maxSize="100K"))
    wants(made.update(), UPDATED)
    assert set(made.files()) == {*mirror.sets[0], "third.hdb"}
    return made


def change(third, text):
    with open(f"{third.directory}/third.hdb", "w", encoding="ascii") as file:
        file.write(text)


def test_a_conditional_get(site, third):
    before = len(third.requests)
    wants(site.update(), CURRENT)
    asked = third.requests[before:]
    assert len(asked) == 1 and "if-none-match" in asked[0][2]
    change(third, LINE.format(2))
    wants(site.update(), UPDATED, "third")
    assert site.files()["third.hdb"] == LINE.format(2).encode()


def test_its_interval(place, mirror, server, third):
    made = Site(place / "other", manifest(server.url, key=mirror.key),
                url(third.url + "third.hdb", insecure="yes", interval="6h"))
    wants(made.update(), UPDATED)
    change(third, LINE.format(3))
    before = len(third.requests)
    wants(made.update(), CURRENT)
    wants(made.update(at="+5h"), CURRENT)
    assert len(third.requests) == before
    wants(made.update(at="+7h"), UPDATED)


@pytest.mark.parametrize("fault, code", [
    (faults.status(404), NETWORK), (faults.status(500), NETWORK), (faults.reset(), NETWORK),
    (faults.oversized(200000), REFUSED), (faults.endless, REFUSED), (faults.html, REFUSED),
    (faults.mute, NETWORK)])
def test_its_failures_are_its_own(site, third, mirror, second, fault, code):
    """The other source is updated, and what it gave before stays."""
    before = site.files()["third.hdb"]
    change(third, LINE.format(4))
    third.fault = fault
    site.use(LowSpeedTime=1 if fault is faults.mute else 30)
    second()
    wants(site.update(), code, "third")
    assert site.files() == {**mirror.sets[1], "third.hdb": before}


def test_a_set_that_does_not_load_takes_nobody_along(site, third, mirror, second):
    change(third, "broken\n")
    second()
    before = site.files()["third.hdb"]
    wants(site.update(), TESTLOAD, "third")
    assert site.files() == {**mirror.sets[1], "third.hdb": before}


def test_not_required(place, mirror, server, third):
    third.fault = faults.status(500)
    made = Site(place / "other", manifest(server.url, key=mirror.key),
                url(third.url + "third.hdb", insecure="yes", required="no"))
    wants(made.update(), UPDATED, "third")
    assert made.files() == mirror.sets[0]


def test_an_empty_file_is_no_update(site, third):
    change(third, "")
    outcome = site.update()
    assert outcome.code not in (UPDATED, CURRENT) and site.files()["third.hdb"], outcome


def test_the_mirror_has_precedence_over_the_same_name(place, mirror, server, third):
    made = Site(place / "other", manifest(server.url, key=mirror.key),
                url((third.url + "third.hdb", "local.hsb"), insecure="yes"))
    made.update()
    assert made.files()["local.hsb"] == mirror.sets[0]["local.hsb"]


def test_a_source_that_is_taken_off_the_list(site, server, mirror):
    """Its files go with the next update."""
    site.use(manifest(server.url, key=mirror.key))
    wants(site.update(), UPDATED)
    assert site.files() == mirror.sets[0]
