# SPDX-License-Identifier: GPL-2.0-or-later
"""CPU time a request for each kind of content, of epost-av and of virus_scan.

CPU seconds of the whole process trees are compared, not times on the clock: other work on the
machine changes them little. One client, each file sent once to servers that have just started,
so that no verdict is remembered. Each kind is printed as soon as it is measured: a run that is
ended early has shown what it has.
"""

import math
import os
import pathlib
import statistics
import struct
import sys
import time

from lib import icap

TICKS = os.sysconf("SC_CLK_TCK")
CPUCLOCK_SCHED = 2  # the kernel's number in the clock of a process
TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css", "json": "application/json",
         "txt": "text/plain", "svg": "image/svg+xml", "xml": "text/xml", "png": "image/png",
         "jpg": "image/jpeg", "gif": "image/gif", "woff": "font/woff", "pdf": "application/pdf",
         "zip": "application/zip", "gz": "application/gzip", "eml": "message/rfc822", "1 byte": "text/plain"}
NOT_COMPARED = ("deb", "1 byte", "pe 544")  # no part of the mean: the peer opens no deb, and two are no files of a kind


def cpu_seconds(server):
    """Of all processes of a server and of their dead children."""
    total = 0.0
    for pid, _, _ in server.family():
        try:
            total += time.clock_gettime((~pid << 3) | CPUCLOCK_SCHED)  # of all its threads, ended ones too
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += (int(fields[13]) + int(fields[14])) / TICKS
        except OSError:
            pass
    return total


def send(connection, kind, data, timeout):
    status = connection.exchange(icap.respmod(data, "avscan", kind=TYPES.get(kind, "application/octet-stream"),
                                              allow="204"), timeout=timeout).status
    assert status in (200, 204), status


def one_round(server, files):
    """CPU ms a request by kind."""
    result = {}
    with icap.Connection(server.port, timeout=120) as connection:
        for number in range(20):  # every part of the server has worked once
            send(connection, "html", f"<html><p>before the first {number}</p></html>".encode() * 20, 120)
        for kind, bodies in files.items():
            begun, started = cpu_seconds(server), time.monotonic()
            for data in bodies:
                send(connection, kind, data, 120)
            result[kind] = (cpu_seconds(server) - begun) * 1000 / len(bodies)
            print(f"{server.name}: {kind} {result[kind]:.2f} ms, {time.monotonic() - started:.1f} s on the clock",
                  file=sys.stderr, flush=True)
    return result


def spread(files, most):
    """At most so many, from all of the list: it is sorted by digest or by name, never by size."""
    return files if not most or len(files) <= most else [files[i * len(files) // most] for i in range(most)]


def tiny():
    """Bodies of one byte, and PE files of 544 bytes: no work but what each scan costs."""
    return {"1 byte": [bytes([i]) for i in range(65, 65 + 40)], "pe 544": [small_pe(i) for i in range(20)]}


def small_pe(number):
    """A PE file with one section of 32 bytes; each number is another file."""
    dos = b"MZ" + bytes(58) + struct.pack("<I", 64)
    coff = b"PE\0\0" + struct.pack("<HHIIIHH", 0x14C, 1, number, 0, 0, 224, 0x102)
    optional = struct.pack("<HBBIIIIII", 0x10B, 6, 0, 512, 0, 0, 0x1000, 0x1000, 0x2000)
    optional += struct.pack("<IIIHHHHHHIIIIHHIIIIII", 0x400000, 0x1000, 512, 4, 0, 0, 0, 4, 0, 0, 0x2000, 512, 0, 2, 0,
                            0x100000, 0x1000, 0x100000, 0x1000, 0, 16)
    optional += bytes(224 - len(optional))
    section = b".text\0\0\0" + struct.pack("<IIIIIIHHI", 32, 0x1000, 32, 512, 0, 0, 0, 0, 0x60000020)
    head = dos + coff + optional + section
    return head + bytes(512 - len(head)) + struct.pack("<I", number) * 8


def read_corpus(directory, only=None, most=0):
    files = {}
    for kind in sorted(p for p in directory.iterdir() if p.is_dir()):
        files[kind.name] = [p.read_bytes() for p in spread(sorted(kind.iterdir()), most)]
    files.update(tiny())
    return {kind: bodies for kind, bodies in files.items() if not only or kind in only}


def measure(bench, corpus, rounds, only=None, most=0):
    """Interleaved rounds, a new server each; returns {kind: figures} and prints a table."""
    files = read_corpus(corpus, only, most)
    runs = {"epost_av": [], "virus_scan": []}
    for number in range(rounds):
        for name, make in (("virus_scan", bench.theirs), ("epost_av", bench.ours)):
            server = make()
            try:
                runs[name].append(one_round(server, files))
            finally:
                server.stop()
        print(f"after round {number + 1} of {rounds}:")
        table = tabulate(files, runs)
        show(table)
    return table


def tabulate(files, runs):
    table = {}
    for kind, bodies in files.items():
        ours, theirs = (statistics.median(run[kind] for run in runs[name]) for name in ("epost_av", "virus_scan"))
        table[kind] = {"files": len(bodies), "kb": round(sum(map(len, bodies)) / len(bodies) / 1024, 1),
                       "virus_scan_ms": round(theirs, 2), "epost_av_ms": round(ours, 2),
                       "ratio": round(theirs / max(ours, 0.001), 2)}
    compared = [one["ratio"] for kind, one in table.items() if kind not in NOT_COMPARED]
    table["geometric mean"] = round(math.exp(statistics.fmean(map(math.log, compared))), 2) if compared else 0
    return table


def show(table):
    print(f"{'kind':6} {'files':>5} {'KB':>7} {'virus_scan':>11} {'epost_av':>9} {'ratio':>6}   CPU ms a request")
    for kind, one in table.items():
        if isinstance(one, dict):
            print(f"{kind:6} {one['files']:5d} {one['kb']:7.1f} {one['virus_scan_ms']:11.2f} "
                  f"{one['epost_av_ms']:9.2f} {one['ratio']:6.2f}")
    print(f"geometric mean of the ratios {table['geometric mean']:.2f}", flush=True)
