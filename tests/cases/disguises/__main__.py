# SPDX-License-Identifier: GPL-2.0-or-later
"""python3 -m disguises PORT [PART...]: sends all (or those with PART in group or name), misses first.
python3 -m disguises --write DIR: writes the bodies and INDEX.json."""

import collections
import concurrent.futures
import json
import os
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from disguises.ask import ask, seen
from disguises.case import cases


def write(directory):
    os.makedirs(directory, exist_ok=True)
    rows = []
    for case in cases():
        name = case.name.replace("/", "_")
        pathlib.Path(directory, name).write_bytes(case.body)
        http = case.http
        rows.append({"name": case.name, "file": name, "rank": case.rank, "opens": case.opens, "service": http.service,
                     "url": http.address, "ctype": http.kind, "extra": list(http.headers),
                     "mode": "REQMOD" if http.method else "RESPMOD", "method": http.method or "GET"})
    pathlib.Path(directory, "INDEX.json").write_text(json.dumps(rows, indent=1), encoding="utf-8")


def main(arguments):
    if arguments[:1] == ["--write"]:
        return write(arguments[1])
    port, parts = int(arguments[0]), arguments[1:]
    chosen = [c for c in cases() if not parts or any(p in f"{c.group} {c.name}" for p in parts)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        rows = list(zip(pool.map(lambda case: ask(port, case), chosen), chosen))
    rows.sort(key=lambda row: (seen(row[0]), -row[1].rank, row[1].name))
    for word, case in rows:
        print(f"{case.group:10s} {case.name:60s} r{case.rank} {word:24s} {case.opens}")
    missed = [case for word, case in rows if not seen(word)]
    ranks = collections.Counter(case.rank for case in missed)
    print(f"{len(rows)} cases, {len(missed)} not as expected; by rank {dict(sorted(ranks.items(), reverse=True))}; "
          f"verdicts {dict(collections.Counter(word.split(':')[0] for word, _ in rows))}")
    return bool(missed)


sys.exit(main(sys.argv[1:]))
