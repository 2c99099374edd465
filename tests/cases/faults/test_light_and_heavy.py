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
