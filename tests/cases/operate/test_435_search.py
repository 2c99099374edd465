# SPDX-License-Identifier: GPL-2.0-or-later
"""435: searches give the newest first, page by page, and the same events whichever index leads."""

import itertools
import time

import pytest

from lib.monitor import Monitor, transaction

COUNT, HOUR = 120, 3600000


@pytest.fixture(scope="module")
def searched(env):
    """A monitor that has events, and those events, the newest first."""
    now = int(time.time() * 1000)
    events = [transaction(i, time=now - (COUNT - i) * HOUR, host=f"www{i % 11}.a{i % 2}.test",
                          name=f"file-{i % 3}-{i}.exe", client=f"192.0.2.{i % 5}",
                          verdict="infected" if i % 4 else "unscannable", threat="Win.X" if i % 4 else "",
                          reason="signature" if i % 4 else "encrypted") for i in range(1, COUNT + 1)]
    with Monitor(env, "search") as monitor:
        monitor.send(*events)
        monitor.wait_stored(60)
        yield monitor, events[::-1]


def fits(event, query):
    for name, wanted in query.items():
        if name == "days":
            if event["time"] < time.time() * 1000 - int(wanted) * 24 * HOUR:
                return False
        elif wanted.endswith("*"):
            if not event[name].lower().startswith(wanted[:-1].lower()):
                return False
        elif event[name].lower() != wanted.lower():
            return False
    return True


QUERIES = [{"host": "www3.a1.test"}, {"host": "WWW1*"}, {"host": "www*"}, {"name": "file-2*"}, {"client": "192.0.2.3"},
           {"host": "www1*", "days": "2"}, {"host": "w*", "name": "file-1*"}, {"client": "192.0.2.1", "host": "www*"},
           {"name": "file-0*", "verdict": "unscannable"}, {"host": "nothing*"}, {"host": "www3.a1.test", "days": "1"},
           {"threat": "win.*", "client": "192.0.2.4", "host": "www*"}, {"days": "3"}]


@pytest.mark.parametrize("query", QUERIES, ids=lambda q: "-".join(q.values()).replace("*", "+"))
def test_pages_of_a_search(searched, query):
    monitor, events = searched
    wanted = [event["id"] for event in events if fits(event, query)]
    text = "&".join(f"{k}={v.replace('*', '%2A')}" for k, v in query.items())
    found, more = [], ""
    for _ in itertools.islice(itertools.count(), COUNT):
        page = monitor.get(f"/api/v1/events?limit=7&{text}{more}").json()
        found += [one["event"]["id"] for one in page["events"] if "id" in one["event"]]
        if "before" not in page or not page["events"]:
            break
        more = f"&before={page['before']}"
    assert found == wanted
