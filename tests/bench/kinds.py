# SPDX-License-Identifier: GPL-2.0-or-later
"""CPU time a request for each kind of content, of epost-av and of virus_scan.

CPU seconds of the whole process trees are compared, not times on the clock: other work on the
machine changes them little. One client, each file sent once to servers that have just started,
so that no verdict is remembered.
"""

import math
import os
import pathlib
import statistics

from lib import icap

TICKS = os.sysconf("SC_CLK_TCK")
TYPES = {"html": "text/html", "js": "text/javascript", "css": "text/css", "json": "application/json",
         "txt": "text/plain", "svg": "image/svg+xml", "xml": "text/xml", "png": "image/png",
         "jpg": "image/jpeg", "gif": "image/gif", "woff": "font/woff", "pdf": "application/pdf",
         "zip": "application/zip", "gz": "application/gzip", "eml": "message/rfc822"}
ONLY_OURS = ("deb",)  # the peer does not look inside: no part of the mean


def cpu_seconds(server):
    """Of all processes of a server and of their dead children."""
    total = 0.0
    for pid, _, _ in server.family():
        try:
            for task in os.listdir(f"/proc/{pid}/task"):
                total += int(pathlib.Path(f"/proc/{pid}/task/{task}/schedstat").read_text().split()[0]) / 1e9
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
            total += (int(fields[13]) + int(fields[14])) / TICKS
        except (FileNotFoundError, ProcessLookupError):
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
            begun = cpu_seconds(server)
            for data in bodies:
                send(connection, kind, data, 120)
            result[kind] = (cpu_seconds(server) - begun) * 1000 / len(bodies)
    return result


def read_corpus(folder, only=None):
    files = {}
    for kind in sorted(p for p in folder.iterdir() if p.is_dir()):
        if not only or kind.name in only:
            files[kind.name] = [p.read_bytes() for p in sorted(kind.iterdir())]
    return files


def measure(bench, corpus, rounds, only=None):
    """Interleaved rounds, a new server each; returns {kind: figures} and prints a table."""
    files = read_corpus(corpus, only)
    runs = {"epost_av": [], "virus_scan": []}
    for _ in range(rounds):
        for name, make in (("virus_scan", bench.theirs), ("epost_av", bench.ours)):
            server = make()
            runs[name].append(one_round(server, files))
            server.stop()
    table = {}
    for kind, bodies in files.items():
        ours, theirs = (statistics.median(run[kind] for run in runs[name]) for name in ("epost_av", "virus_scan"))
        table[kind] = {"files": len(bodies), "kb": round(sum(map(len, bodies)) / len(bodies) / 1024, 1),
                       "virus_scan_ms": round(theirs, 2), "epost_av_ms": round(ours, 2),
                       "ratio": round(theirs / max(ours, 0.001), 2)}
    compared = [one["ratio"] for kind, one in table.items() if kind not in ONLY_OURS]
    table["geometric mean"] = round(math.exp(statistics.fmean(map(math.log, compared))), 2)
    show(table)
    return table


def show(table):
    print(f"{'kind':6} {'files':>5} {'KB':>7} {'virus_scan':>11} {'epost_av':>9} {'ratio':>6}   CPU ms a request")
    for kind, one in table.items():
        if isinstance(one, dict):
            print(f"{kind:6} {one['files']:5d} {one['kb']:7.1f} {one['virus_scan_ms']:11.2f} "
                  f"{one['epost_av_ms']:9.2f} {one['ratio']:6.2f}")
    print(f"geometric mean of the ratios {table['geometric mean']:.2f}", flush=True)
