# SPDX-License-Identifier: GPL-2.0-or-later
"""A small body that keeps a library busy ends at MaxScanCpu, and is remembered."""

import struct

from lib import procs, wire
from lib.eicar import EICAR


def empty_entries(count):
    """A ZIP of so many empty entries: libclamav compares each with all others."""
    members, entries, offset = [], [], 0
    for i in range(count):
        name = b"%05d" % i
        members.append(struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 0, 0, 0, 0, 0, 0, len(name), 0)
                       + name)
        entries.append(struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, 20, 0, 0, 0, 0, 0, 0, 0,
                                   len(name), 0, 0, 0, 0, 0, offset) + name)
        offset += len(members[-1])
    directory = b"".join(entries)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, count, count, len(directory), offset, 0)
    return b"".join(members) + directory + end


def test_a_zip_of_empty_entries(make_server):
    server = make_server(workers=2, settings={"MaxScanCpu": "0.2"}).start()
    body = empty_entries(65535)
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
