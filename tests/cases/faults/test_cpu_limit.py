# SPDX-License-Identifier: GPL-2.0-or-later
"""A small body that keeps a library busy ends at MaxScanCpu, and is remembered."""

from lib import costly, procs, wire
from lib.eicar import EICAR


def test_a_zip_of_empty_entries(make_server):
    server = make_server(workers=2, settings={"MaxScanCpu": "0.2"}).start()
    body = costly.empty_entries()
    reply = wire.scan(server.socket, body, digest=True, deadline_ms=85000, timeout=100)
    assert (reply.verdict, reply.reason) == ("unscannable", "max-scan-time"), reply
    assert "MaxScanCpu" in reply.detail, reply
    assert server.board().counters["crashes"] == 0
    assert wire.scan(server.socket, EICAR).verdict == "infected"
    procs.wait_until(lambda: len(server.board().slots) >= 3, 30, server.describe)


def test_a_light_page_has_no_limit_to_meet(make_server):
    server = make_server(workers=1, settings={"MaxScanCpu": "0.1"}).start()
    for n in range(20):
        assert wire.scan(server.socket, b"page %d" % n).verdict == "clean"
