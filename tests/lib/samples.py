# SPDX-License-Identifier: GPL-2.0-or-later
"""Content to send: what must be found, what must pass, and bodies that are unique."""

import itertools
import os
import pathlib
import random

from lib.env import TESTFILES

BENIGN = {  # directory: (ending, how many)
    "/usr/lib/python3.11": (".py", 60), "/usr/lib/python3": (".py", 40),
    "/usr/share/doc": (".gz", 40), "/usr/share/doc/": ("copyright", 40),
    "/usr/share/perl": (".pm", 30), "/usr/lib/x86_64-linux-gnu": (".so", 40),
    "/usr/bin": ("", 30), "/usr/share/icons": (".png", 20), "/usr/share/man": (".gz", 30),
    "/usr/include": (".h", 40), "/etc": (".conf", 20)}
LARGEST = 3 * 1024 * 1024

_serial = itertools.count(1)


def testfiles():
    return sorted(p for p in TESTFILES.iterdir() if p.is_file()) if TESTFILES.is_dir() else []


def benign():
    """A few hundred files of this machine, the same ones each time on the same machine."""
    chosen = {}
    for directory, (ending, count) in BENIGN.items():
        found = []
        for place, directories, names in os.walk(directory):
            directories.sort()
            found += [os.path.join(place, n) for n in sorted(names) if n.endswith(ending)]
        random.Random(directory).shuffle(found)
        for path in itertools.islice(filter(_usable, found), count):
            chosen[path] = None
    return [pathlib.Path(p) for p in chosen]


def _usable(path):
    try:
        return os.path.isfile(path) and not os.path.islink(path) and \
            0 < os.path.getsize(path) <= LARGEST and os.access(path, os.R_OK)
    except OSError:
        return False


def unique(size=200, note="sample"):
    """Plain text that was never scanned before (and cannot come from the cache)."""
    head = f"{note} {os.getpid()} {next(_serial)} {os.urandom(8).hex()}\n".encode()
    return (head * (size // len(head) + 1))[:max(size, len(head))]


def incompressible(size, seed=1):
    return random.Random(seed).randbytes(size)
