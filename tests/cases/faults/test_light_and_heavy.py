# SPDX-License-Identifier: GPL-2.0-or-later
"""Scans that take long keep no light one waiting, however many they are."""

import threading

import pytest

from lib import costly, procs, wire
from lib.eicar import EICAR


@pytest.mark.parametrize("heavy", [10, pytest.param(34, marks=pytest.mark.heavy)])
def test_light_ones_are_answered(make_server, heavy):
    """Four workers, and more heavy scans than that: none of the light ones is refused."""
    server = make_server(workers=4, settings={"MaxScanCpu": "3600", "MaxScanTime": "3600"}).start()
    body, ended = costly.empty_entries(), []

    def ask():
        try:
            reply = wire.scan(server.socket, body, flags=wire.NO_CACHE, deadline_ms=600000,
                              timeout=700)
        except OSError:
            return  # the end of the server
        if reply:
            ended.append((reply.verdict, reply.reason))
    for _ in range(heavy):
        threading.Thread(target=ask, daemon=True).start()
    procs.wait_until(lambda: server.board().counters["heavy"] >= heavy or ended, 150,
                     server.describe)
    assert not ended and len(server.board().busy()) >= heavy, server.describe()
    for n in range(30):
        content = EICAR if n % 2 else b"page %d" % n
        reply = wire.scan(server.socket, content, flags=wire.NO_CACHE, timeout=120,
                          deadline_ms=100000)
        assert reply.verdict == ("infected" if n % 2 else "clean"), reply
    assert not ended, ended  # they still run, or wait for their turn
    assert server.board().counters["crashes"] == 0
    server.kill()


def test_a_large_body_has_lower_priority_from_its_begin(make_server):
    """Until a scan has shown that it takes long it would have the priority of light ones, and many
    that come at once most of the CPU. A small body keeps its priority, and so does the next scan."""
    server = make_server(workers=1, settings={"HeavyAfter": "0", "MaxScanCpu": "3600"}).start()
    large = costly.empty_entries()
    assert len(large) >= 256 * 1024

    def watch(body):
        seen = set()
        asked = threading.Thread(target=lambda: wire.scan(
            server.socket, body, flags=wire.NO_CACHE, deadline_ms=3000, timeout=100), daemon=True)
        asked.start()
        while asked.is_alive():
            seen |= {procs.niceness(w.pid) for w in server.board().busy()}
            asked.join(0.02)
        return seen - {None}
    assert max(watch(large)) == 10
    small = costly.empty_entries()[:100 * 1024]
    assert watch(small) <= {0}
    assert wire.scan(server.socket, b"a page", flags=wire.NO_CACHE).verdict == "clean"
    procs.wait_until(lambda: {procs.niceness(w.pid) for w in server.board().slots} == {0}, 60, server.describe)
