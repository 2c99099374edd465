# SPDX-License-Identifier: GPL-2.0-or-later
"""python3 -m corpus [options], in tests/: sends the corpus, prints figures, fails on a new report.

    --port N        to the service that runs there (profiles web and mail); else one is started
    --direct        to the content pipeline in one process instead: for a busy machine
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

from corpus import corpus, direct
from corpus.report import Report, explained
from corpus.send import send


def progress(words):
    print(words, file=sys.stderr, flush=True)


def reported(answers):
    report = Report(explained())
    began = time.monotonic()
    for answer in answers:
        report.add(answer)
        if not answer.clean:
            progress(f"{answer.service} {answer.verdict}:{answer.reason} {answer.item.label}")
    return report, time.monotonic() - began


def ask(port, items, options):
    return reported(send(port, items, options.clients, progress, options.patience))


def patient(options):
    """MaxScanTime and MaxScanCpu so that a busy machine does not reach them: there the same scan takes
    more CPU time, too."""
    return {"MaxScanTime": int(options.patience), "MaxScanCpu": int(options.patience)}


def ask_directly(items, options):
    from differential.scan import BUILD
    from lib.env import STARTER
    os.nice(10)
    return reported(direct.send(BUILD / "tests/tools/inspect-file", options.bases or STARTER, items, patient(options),
                                progress))


def ask_own(items, options):
    """A service of its own, which lets other work on the machine pass."""
    from lib.env import Env
    from lib.server import Server
    env = Env()
    os.nice(10)
    try:
        with Server(env, "corpus", bases=options.bases or "starter", workers=2, settings=patient(options)) as server:
            return ask(server.port, items, options)
    finally:
        env.close()


def main():
    parser = argparse.ArgumentParser(prog="python3 -m corpus")
    parser.add_argument("--port", type=int)
    parser.add_argument("--direct", action="store_true")
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
    if options.direct:
        report, seconds = ask_directly(items, options)
    else:
        report, seconds = ask(options.port, items, options) if options.port else ask_own(items, options)
    text = "\n".join([f"{len(items)} items in {seconds:.0f} s", *report.lines()])
    print(text)
    if options.out:
        with open(options.out, "w", encoding="utf-8", errors="replace") as out:
            out.write(text + "\n")
    return 0 if report.good() else 1


sys.exit(main())
