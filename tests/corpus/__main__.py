# SPDX-License-Identifier: GPL-2.0-or-later
"""python3 -m corpus [options], in tests/: sends the corpus, prints figures, fails on a new report.

    --port N        to the service that runs there (profiles web and mail); else one is started
    --bases DIR     signatures for the started service; else the starter set
    --share F       that part of each kind only
    --kind NAME     items of that kind only (may be repeated)
    --clients N     so many at once [2]
    --patience S    seconds to wait at the end for what is pending [1800]
    --out FILE      the report into a file too
    --list          only lists the items
"""

import argparse
import os
import sys
import time

from corpus import corpus
from corpus.report import Report, explained
from corpus.send import send


def ask(port, items, options):
    report = Report(explained())
    began = time.monotonic()
    for answer in send(port, items, options.clients, lambda words: print(words, file=sys.stderr, flush=True),
                       options.patience):
        report.add(answer)
    return report, time.monotonic() - began


def ask_own(items, options):
    """A service of its own, which lets other work on the machine pass. MaxScanTime and MaxScanCpu are set
    so that a busy machine does not reach them: there the same scan takes more CPU time, too."""
    from lib.env import Env
    from lib.server import Server
    env = Env()
    os.nice(10)
    try:
        with Server(env, "corpus", bases=options.bases or "starter", workers=2,
                    settings={"MaxScanTime": options.patience, "MaxScanCpu": options.patience}) as server:
            return ask(server.port, items, options)
    finally:
        env.close()


def main():
    parser = argparse.ArgumentParser(prog="python3 -m corpus")
    parser.add_argument("--port", type=int)
    parser.add_argument("--bases")
    parser.add_argument("--share", type=float, default=1.0)
    parser.add_argument("--kind", action="append")
    parser.add_argument("--clients", type=int, default=2)
    parser.add_argument("--patience", type=float, default=1800)
    parser.add_argument("--out")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    items = [i for i in corpus.items(options.share) if not options.kind or i.kind in options.kind]
    if options.list:
        print("\n".join(f"{i.kind}\t{i.label}" for i in items))
        return 0
    report, seconds = ask(options.port, items, options) if options.port else ask_own(items, options)
    text = "\n".join([f"{len(items)} items in {seconds:.0f} s", *report.lines()])
    print(text)
    if options.out:
        with open(options.out, "w", encoding="utf-8", errors="replace") as out:
            out.write(text + "\n")
    return 0 if report.good() else 1


sys.exit(main())
