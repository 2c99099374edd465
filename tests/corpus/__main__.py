# SPDX-License-Identifier: GPL-2.0-or-later
"""python3 -m corpus [options], in tests/: sends the corpus, prints figures, fails on a new report.

    --port N        to the service that runs there (profiles web and mail); else one is started
    --bases DIR     signatures for the started service; else the starter set
    --share F       that part of each kind only
    --kind NAME     items of that kind only (may be repeated)
    --out FILE      the report into a file too
    --list          only lists the items
"""

import argparse
import sys
import time

from corpus import corpus
from corpus.report import Report, explained
from corpus.send import send


def ask(port, items):
    report = Report(explained())
    began = time.monotonic()
    for answer in send(port, items, progress=lambda n: print(f"{n} of {len(items)}", file=sys.stderr, flush=True)):
        report.add(answer)
    return report, time.monotonic() - began


def ask_own(bases, items):
    from lib.env import Env
    from lib.server import Server
    env = Env()
    try:
        with Server(env, "corpus", bases=bases or "starter") as server:
            return ask(server.port, items)
    finally:
        env.close()


def main():
    parser = argparse.ArgumentParser(prog="python3 -m corpus")
    parser.add_argument("--port", type=int)
    parser.add_argument("--bases")
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--kind", action="append")
    parser.add_argument("--out")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    items = [i for i in corpus.items(options.share) if not options.kind or i.kind in options.kind]
    if options.list:
        print("\n".join(f"{i.kind}\t{i.label}" for i in items))
        return 0
    report, seconds = ask(options.port, items) if options.port else ask_own(options.bases, items)
    text = "\n".join([f"{len(items)} items in {seconds:.0f} s", *report.lines()])
    print(text)
    if options.out:
        with open(options.out, "w", encoding="utf-8", errors="replace") as out:
            out.write(text + "\n")
    return 0 if report.good() else 1


sys.exit(main())
