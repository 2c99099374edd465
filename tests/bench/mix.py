# SPDX-License-Identifier: GPL-2.0-or-later
"""A mix of all kinds of content at 16 clients, of epost-av and of virus_scan.

Each file of the corpus is sent once, in an order that looks random and is always the same, to
servers that have just started, so that no verdict is remembered. No more than one request in a
hundred is a .deb, which virus_scan does not open. Interleaved rounds; medians. Rates and latencies
are times on the clock: other work on the machine changes them, so that the load average and the
CPU time a request are given beside them.
"""

import math
import os
import random
import statistics
import subprocess
import time

from kinds import TYPES, cpu_seconds, spread
from lib import icap

CLIENTS = 16
ONLY_OURS = ("deb",)
ONLY_OURS_SHARE = 100  # one request in so many
SECONDS = 1800


def requests(bench, corpus, most):
    """[(kind, file with the whole request)], in the order of sending."""
    files = {kind.name: spread(sorted(kind.iterdir()), most) for kind in sorted(corpus.iterdir()) if kind.is_dir()}
    rest = sum(len(some) for kind, some in files.items() if kind not in ONLY_OURS)
    for kind in ONLY_OURS:
        if kind in files:
            files[kind] = spread(files[kind], max(1, rest // ONLY_OURS_SHARE))
    directory = bench.directory / "mix"
    directory.mkdir(exist_ok=True)
    made = []
    for kind, some in files.items():
        for path in some:
            request = icap.respmod(path.read_bytes(), "avscan", kind=TYPES.get(kind, "application/octet-stream"),
                                   allow="204")
            first, rest = request.stages()
            made.append((kind, directory / f"{kind}-{len(made)}.icap"))
            made[-1][1].write_bytes(first + (rest or b""))
    random.Random(1).shuffle(made)
    return made


def percentile(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, math.ceil(len(values) * part) - 1)]


def one_round(bench, server, sent):
    listed, answers = bench.directory / "mix.list", bench.directory / "mix.answers"
    listed.write_text("".join(f"{path}\n" for _, path in sent))
    with icap.Connection(server.port, timeout=120) as connection:
        for number in range(40):  # every part of the server has worked once
            connection.exchange(icap.respmod(f"<html><p>before {number}</p></html>".encode() * 20, "avscan",
                                             kind="text/html", allow="204"), timeout=120)
    begun, started = cpu_seconds(server), time.monotonic()
    subprocess.run([bench.tools / "icapload", "--port", str(server.port), "--seconds", str(SECONDS), "--once", answers,
                    f"mix:{CLIENTS}:@{listed}"], check=True, timeout=SECONDS + 60, stdout=subprocess.DEVNULL)
    seconds = time.monotonic() - started
    cpu = cpu_seconds(server) - begun
    lines = [line.split() for line in answers.read_text().splitlines()]
    times = [(sent[int(number)][0], float(ms)) for number, status, ms in lines if status != "0"]
    return {"per_second": len(times) / seconds, "cpu_ms": cpu * 1000 / len(times), "failures": len(sent) - len(times),
            "median_ms": statistics.median(ms for _, ms in times),
            "p99_ms_all": percentile([ms for _, ms in times], 0.99),
            "p99_ms_both_open": percentile([ms for kind, ms in times if kind not in ONLY_OURS], 0.99),
            "longest_ms": max(ms for _, ms in times), "load": os.getloadavg()[0]}


def measure(bench, corpus, rounds, most=0):
    """{"epost_av": figures, "virus_scan": figures, "requests": all rounds of one server}"""
    sent = requests(bench, corpus, most)
    runs = {"virus_scan": [], "epost_av": []}
    for number in range(rounds):
        for name, make in (("virus_scan", bench.theirs), ("epost_av", bench.ours)):
            server = make()
            try:
                runs[name].append(one_round(bench, server, sent))
            finally:
                server.stop()
            print(f"mix, round {number + 1} of {rounds}: {name}: "
                  + ", ".join(f"{key} {value:.1f}" for key, value in runs[name][-1].items()), flush=True)
    table = {name: {key: round(statistics.median(run[key] for run in some), 1) for key in some[0]}
             for name, some in runs.items()}
    table["requests"] = len(sent) * rounds
    table["rate_ratio"] = round(table["epost_av"]["per_second"] / table["virus_scan"]["per_second"], 2)
    table["cpu_ratio"] = round(table["virus_scan"]["cpu_ms"] / table["epost_av"]["cpu_ms"], 2)
    return table
