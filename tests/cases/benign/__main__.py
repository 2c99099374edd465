# SPDX-License-Identifier: GPL-2.0-or-later
"""python3 -m benign PORT [PART...]: sends all (or those with PART in group or name), prints what is not clean."""

import concurrent.futures
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from benign.case import cases
from disguises.ask import ask


def main(arguments):
    port, parts = int(arguments[0]), arguments[1:]
    chosen = [c for c in cases() if not parts or any(p in f"{c.group} {c.name}" for p in parts)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        rows = list(zip(pool.map(lambda case: ask(port, case), chosen), chosen))
    wrong = [(word, case) for word, case in rows if word != "clean"]
    for word, case in wrong:
        print(f"{case.group:10s} {case.name:60s} {word}")
    print(f"{len(rows)} cases, {len(wrong)} not clean")
    return bool(wrong)


sys.exit(main(sys.argv[1:]))
