# SPDX-License-Identifier: GPL-2.0-or-later
"""A scan's memory is bounded: a limit is unscannable: max-memory, and never a crash."""

import gzip
import hashlib
import struct
import threading
import time

import pytest

from lib import expect, faults, icap, procs, wire
from lib.eicar import EICAR

MIB = 1 << 20


def zeros(size):
    """An honest gzip of that many bytes, which do not compress beyond the ratio's limit."""
    block = b"".join(hashlib.sha256(b"%d" % n).digest()[:4] + bytes(508) for n in range(128))
    out = gzip.compress(block * (size // len(block)), 6)
    return out


def ole2_ring(size=0xfffffff0):
    """An OLE2 file whose stream claims almost 4 GiB and whose small sector follows itself."""
    sector = 512
    head = bytearray(512)
    head[0:8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    struct.pack_into("<HHHHH", head, 24, 0x3e, 3, 0xfffe, 9, 6)
    for at, value in ((44, 1), (48, 1), (56, 0xffffffff), (60, 2), (64, 1), (68, 0xfffffffe)):
        struct.pack_into("<I", head, at, value)
    for i in range(109):
        struct.pack_into("<I", head, 76 + 4 * i, 0xffffffff if i else 0)
    table = bytearray(b"\xff" * sector)
    for i, value in enumerate((0xfffffffd, 0xfffffffe, 0xfffffffe, 0xfffffffe)):
        struct.pack_into("<I", table, 4 * i, value)

    def entry(name, kind, start, length):
        one, text = bytearray(128), name.encode("utf-16-le")
        one[0:len(text)] = text
        struct.pack_into("<H", one, 64, len(text) + 2)
        one[66] = kind
        struct.pack_into("<III", one, 68, 0xffffffff, 0xffffffff, 1 if kind == 5 else 0xffffffff)
        struct.pack_into("<II", one, 116, start, length)
        return bytes(one)
    directory = (entry("Root Entry", 5, 3, sector) + entry("Stream0", 2, 0, size)).ljust(sector, b"\0")
    small = bytearray(b"\xff" * sector)
    struct.pack_into("<I", small, 0, 0)
    return bytes(head) + bytes(table) + directory + bytes(small) + bytes(range(256)) * 2


def test_a_stream_that_is_a_ring(make_server):
    """2.5 KB made 2 GB in a worker, and ended it."""
    server = make_server(workers=2).start()
    reply = wire.scan(server.socket, ole2_ring())
    assert reply.verdict == "unscannable", reply
    board = server.board()
    assert board.counters["crashes"] == 0
    assert wire.scan(server.socket, EICAR).verdict == "infected"


def test_more_than_worker_memory(make_server):
    """An honest 80 MB below a small WorkerMemory."""
    server = make_server(workers=2, settings={"WorkerMemory": "64M", "MaxRatio": 1000000}).start()
    body = zeros(80 * MIB)
    request = icap.respmod(body, service="strict")
    response = server.exchange(request, timeout=60)
    assert response.headers.get("X-Epost-AV-Reason") == "max-memory", expect.describe(response)
    assert server.board().counters["crashes"] == 0
    line = server.logged("max-memory")
    assert "WorkerMemory" in line, line
    expect.infected(server.exchange(icap.respmod(EICAR)))


def test_honest_content_is_scanned(make_server):
    server = make_server(workers=2, settings={"MaxRatio": 1000000}).start()
    request = icap.respmod(zeros(80 * MIB), service="web")
    response = server.exchange(request, timeout=120)
    assert expect.verdict(request, response) == "clean"


def tree_memory(server):
    """Bytes of the scanner's processes, shared pages counted once."""
    total = 0
    for one in procs.belonging(server.root, server.pid):
        if not one.name.startswith("epostavs"):
            continue
        try:
            with open(f"/proc/{one.pid}/smaps_rollup", encoding="ascii") as f:
                total += sum(int(line.split()[1]) * 1024 for line in f if line.startswith("Pss:"))
        except OSError:
            continue
    return total


@pytest.mark.parametrize("limit", [128])
def test_the_sum_of_all(make_server, limit):
    """Sixteen at once: the tree needs at most the engine, the directive, and a tenth."""
    server = make_server(workers=16, settings={"ScanMemory": f"{limit}M", "MaxRatio": 1000000},
                         threads=20).start()
    faults.settled(server)
    before, peak = tree_memory(server), 0
    packed = zeros(40 * MIB)
    bodies = [packed[:4] + struct.pack("<I", n) + packed[8:] for n in range(16)]  # other times
    answers = []
    threads = [threading.Thread(target=lambda b=b: answers.append(server.exchange(
        icap.respmod(b, service="strict"), timeout=200))) for b in bodies]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        peak = max(peak, tree_memory(server))
        time.sleep(0.05)
    reasons = [a.headers.get("X-Epost-AV-Reason") for a in answers]
    assert len(answers) == 16 and "max-memory" in reasons, reasons
    assert server.board().counters["crashes"] == 0
    print(f"idle {before / MIB:.0f} MiB, peak {peak / MIB:.0f} MiB, {reasons}")
    assert peak <= (before + limit * MIB) * 1.1, f"{before / MIB:.0f} {peak / MIB:.0f}"
    expect.infected(server.exchange(icap.respmod(EICAR)))
