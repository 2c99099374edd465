# SPDX-License-Identifier: GPL-2.0-or-later
"""Freeze: whoever keeps fresh signatures away is noticed after three and seven days."""
import shutil

import pytest

from lib import mirrorfaults as faults
from lib.site import ALARM, CURRENT, NETWORK, STALE, UPDATED, Site, manifest, wants


@pytest.mark.parametrize("age, code, word", [("+2d", CURRENT, ""), ("+71h", CURRENT, ""),
                                             ("+73h", STALE, "days"), ("+6d", STALE, "days"),
                                             ("+167h", STALE, "")])
def test_a_mirror_that_is_not_refreshed(site, mirror, age, code, word):
    """Everything is signed and nothing is expired, but nothing is fresh either."""
    outcome = wants(site.update(at=age), code, word)
    assert site.files() == mirror.sets[0], outcome
    status, status_code = site.status(at=age)
    assert (status_code == STALE) == (code == STALE), status


def test_a_week(site, server, mirror):
    mirror.refresh("--expires", "30d")
    wants(site.update(), CURRENT)
    wants(site.update(at="+8d"), ALARM, "days")
    assert site.status(at="+8d")[1] == ALARM
    assert site.status(at="+1d")[1] == UPDATED


def test_no_mirror_for_days(site, server):
    """The network's failure is the result until the age is worse."""
    server.stop()
    wants(site.update(at="+1d"), NETWORK)
    assert wants(site.update(at="+4d"), STALE).text.count("days")
    wants(site.update(at="+9d"), ALARM)


def test_a_clock_that_was_ahead(site, server, mirror):
    """Its notes are unknown, and does not keep the alarm from coming."""
    mirror.refresh("--expires", "90d", at="+30d")
    wants(site.update(at="+30d"), CURRENT)
    server.stop()
    wants(site.update(at="+9d"), ALARM)


def test_fresh_again(site, server, mirror, second):
    wants(site.update(at="+4d"), STALE)
    second(at="+4d")
    wants(site.update(at="+97h"), UPDATED)
    assert site.status(at="+97h")[1] == UPDATED


def test_a_refresh_without_changes_is_fresh(site, mirror):
    """A set that nobody had to change is not stale, as long as its owner says so."""
    mirror.refresh(at="+6d")
    wants(site.update(at="+145h"), CURRENT)
    assert site.status(at="+145h")[1] == UPDATED


def test_fresh_through_a_mirror_that_has_what_serves_already(place, mirror, server):
    """A plain directory of before with the very files of the mirror: the mirror takes them over,
    once, and from then on there is nothing to do, and it is not stale."""
    made = Site(place / "plain", manifest(server.url, key=mirror.key))
    shutil.copytree(mirror.source, made.bases)
    wants(made.update(), UPDATED)
    wants(made.update(), CURRENT)
    wants(made.update(at="+4d"), STALE)
    mirror.refresh(at="+6d")
    wants(made.update(at="+145h"), CURRENT)
    assert made.status(at="+145h")[1] == UPDATED


def test_never_fresh_at_all(place, mirror):
    """A source that has never answered is as old as what serves in its place."""
    made = Site(place / "plain", manifest("http://127.0.0.1:1/", key=mirror.key))
    shutil.copytree(mirror.source, made.bases)
    wants(made.update(), NETWORK)
    wants(made.update("--force", at="+4d"), STALE)
    wants(made.update("--force", at="+8d"), ALARM)
    assert made.status(at="+8d")[1] == ALARM


def test_days_are_settings(site):
    site.use(WarnAge="1h", AlarmAge="2h")
    assert site.status(at="+30m")[1] == UPDATED
    assert site.status(at="+90m")[1] == STALE
    assert site.status(at="+3h")[1] == ALARM


def test_a_clock_that_was_set_back(site, server, mirror, second):
    """Nothing waits for ever, nothing is negative, and the serial still counts."""
    old = mirror.copy("old")
    second()
    wants(site.update(), UPDATED)
    outcome = site.update(at="-2d")
    assert outcome.code not in (UPDATED,) and site.files() == mirror.sets[1], outcome
    server.fault = faults.directory(old)
    site.update("--force", at="-1h")
    assert site.files() == mirror.sets[1]
    server.fault = faults.honest
    mirror.refresh()
    wants(site.update(), CURRENT)
