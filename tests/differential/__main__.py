# SPDX-License-Identifier: GPL-2.0-or-later
"""python3 -m differential [options], in tests/: exit status 1 if something that a judge opens is clean.

    --minutes N    how long [1]
    --cases N      or how many
    --seed S       the same cases again
    --kind KIND    of these kinds only (may be repeated)
    --number N     that case only (with --seed and --kind); its body goes to --keep
    --keep DIR     bodies that are missed are put there
    --plant        adds bodies that only a judge opens: status 0 if exactly these are missed
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import shutil
import sys
import tempfile
import time

from differential import judges, resident, scan, shapes

BATCH = 150


def batch(directory, bases, bodies):
    """[(body, verdict, reason, judges)] of a batch."""
    for old in directory.iterdir():
        old.unlink()
    pairs = [(directory / body.name, body) for body in bodies]
    for path, body in pairs:
        path.write_bytes(body.data)
    with concurrent.futures.ThreadPoolExecutor(max(2, os.cpu_count() or 2)) as pool:
        scanned = pool.submit(scan.verdicts, bases, pairs)
        resident.NODE.read(pairs)
        judges.SEVEN.read(pairs)
        opened = list(pool.map(lambda pair: judges.opened_by(*pair), pairs))
        found = scanned.result()
    return [(body, *found.get(body.name, ("error", "no answer")), who) for (_, body), who in zip(pairs, opened)]


class Tally:
    def __init__(self, seed, keep):
        self.seed, self.keep = seed, keep
        self.cases, self.opened, self.missed = collections.Counter(), collections.Counter(), []
        self.verdicts, self.judges = collections.Counter(), collections.Counter()

    def add(self, body, verdict, reason, who):
        self.cases[body.kind] += 1
        self.opened[body.kind] += bool(who)
        self.verdicts[verdict] += 1
        self.judges.update(who)
        if verdict == "error" or (who and verdict == "clean"):
            self.missed.append(body)
            print(f"MISSED --seed {self.seed} --kind {body.kind} --number {body.number}: {verdict} {reason}, "
                  f"opened by {', '.join(who) or 'nobody'}", flush=True)
            if self.keep:
                pathlib.Path(self.keep).mkdir(parents=True, exist_ok=True)
                pathlib.Path(self.keep, body.name).write_bytes(body.data)

    def lines(self, seconds, cpu):
        total = sum(self.cases.values())
        yield (f"seed {self.seed}: {total} cases in {seconds:.0f} s ({3600 * total / max(seconds, 1):.0f} an hour) and "
               f"{cpu:.0f} s of CPU ({3600 * total / max(cpu, 0.1):.0f} an hour of one core)")
        for kind, count in self.cases.items():
            yield f"  {kind:9s} {count:6d} cases, {self.opened[kind]:6d} opened by a judge"
        yield "  judges " + ", ".join(f"{name} {count}" for name, count in self.judges.most_common())
        yield "  verdicts " + ", ".join(f"{name} {count}" for name, count in self.verdicts.most_common())
        yield f"  missed {len(self.missed)}"


def bodies(options):
    kinds = options.kind or list(shapes.KINDS)
    if options.number is not None:
        yield from (shapes.make(options.seed, options.number, kind) for kind in kinds)
        return
    number = 0
    while not options.cases or number * len(kinds) < options.cases:
        for kind in kinds:
            yield shapes.make(options.seed, number, kind)
        if options.plant and number % 40 == 0:
            yield shapes.make(options.seed, number, "planted")
        number += 1


def judged(options):
    tally, began, pending = Tally(options.seed, options.keep), time.monotonic(), []
    with tempfile.TemporaryDirectory(prefix="differential-") as place:
        directory, bases = pathlib.Path(place, "bodies"), pathlib.Path(place, "bases")
        directory.mkdir()
        bases.mkdir()
        scan.signatures(bases)

        def ask():
            for row in batch(directory, bases, pending):
                tally.add(*row)
            pending.clear()
        for body in bodies(options):
            pending.append(body)
            if len(pending) >= BATCH:
                ask()
                if not options.cases and options.number is None and time.monotonic() - began > 60 * options.minutes:
                    break
        if pending:
            ask()
    print("\n".join(tally.lines(time.monotonic() - began, sum(os.times()[:4]))))
    return tally


def main():
    parser = argparse.ArgumentParser(prog="python3 -m differential")
    parser.add_argument("--minutes", type=float, default=1)
    parser.add_argument("--cases", type=int)
    parser.add_argument("--seed", default=f"{time.time_ns():x}")
    parser.add_argument("--kind", action="append", choices=list(shapes.KINDS))
    parser.add_argument("--number", type=int)
    parser.add_argument("--keep")
    parser.add_argument("--plant", action="store_true")
    options = parser.parse_args()
    absent = [name for name in ("7z", "bsdtar", "unzip", "pdfdetach") if not shutil.which(name)]
    if absent:
        print(f"judges that are not installed: {', '.join(absent)}")
    tally = judged(options)
    planted = [body for body in tally.missed if body.kind == "planted"]
    if options.plant and (not planted or len(planted) != tally.cases["planted"]):
        print("a planted miss was not found: the comparison does not work")
        return 1
    return int(len(tally.missed) > len(planted))


sys.exit(main())
