# SPDX-License-Identifier: GPL-2.0-or-later
"""A small body that keeps a library busy ends at MaxScanCpu, and is remembered."""

import struct

from lib import costly, procs, wire
from lib.eicar import EICAR


def test_a_zip_of_empty_entries(make_server):
    server = make_server(workers=2, settings={"MaxScanCpu": "0.2"}).start()
    body = costly.empty_entries()
    reply = wire.scan(server.socket, body, digest=True, deadline_ms=85000, timeout=100)
    assert (reply.verdict, reply.reason) == ("unscannable", "max-scan-time"), reply
    assert "MaxScanCpu" in reply.detail, reply
    assert reply.cpu_us >= 150_000, reply.cpu_us  # what ended the scan is told
    assert server.board().counters["crashes"] == 0
    assert wire.scan(server.socket, EICAR).verdict == "infected"
    procs.wait_until(lambda: len(server.board().slots) >= 3, 30, server.describe)


def test_a_light_page_has_no_limit_to_meet(make_server):
    server = make_server(workers=1, settings={"MaxScanCpu": "0.1"}).start()
    for n in range(20):
        assert wire.scan(server.socket, b"page %d" % n).verdict == "clean"


def section(files):
    head = bytes.fromhex("e4525c7b8cd8a74daeb15378d02996d3") + bytes(1008)
    mark = bytes.fromhex("e716e3bd65261145a4c48d4d0b7a9eac")
    return head + b"".join(mark + struct.pack("<QIQ", size, 0, 0) + data for size, data in files)


def test_a_section_of_files_that_overlap(make_server):
    """Each mark claims half of the section: 4 MB were read as 200 GB. Sections in sections are honest."""
    server = make_server(workers=2, settings={"MaxScanCpu": "2"}).start()
    size = 4 << 20
    body = section([(size // 2, b"")] * (size // 36))
    reply = wire.scan(server.socket, body, deadline_ms=85000, timeout=100)
    assert (reply.verdict, reply.reason) == ("unscannable", "container"), reply
    assert reply.cpu_us < 2_000_000, reply
    nested = EICAR
    for _ in range(5):
        nested = section([(len(nested), nested)])
    assert wire.scan(server.socket, nested).verdict == "infected"
