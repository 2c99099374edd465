# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks the content pipeline: one process for many files."""

import itertools
import os
import pathlib
import re
import subprocess

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("EPOST_BUILD", TOP / "_build"))
LINE = re.compile(r"^(.*?): (clean|infected|unscannable|error) reason=(\S+) ", re.M)
DEADLINE = 600


def signatures(folder):
    """A set that knows EICAR."""
    from lib.eicar import EICAR, EICAR_NAME
    name = EICAR_NAME.removesuffix(".UNOFFICIAL")
    pathlib.Path(folder, "eicar.ndb").write_text(f"{name}:0:0:{EICAR.hex()}\n", encoding="ascii")


def verdicts(bases, bodies):
    """{body's name: (verdict, reason)} of [(path, body)]."""
    found = {}
    by_facts = sorted(bodies, key=lambda pair: (pair[1].media, pair[1].upload))
    for (media, upload), group in itertools.groupby(by_facts, key=lambda pair: (pair[1].media, pair[1].upload)):
        command = [str(BUILD / "tests/tools/inspect-file"), "--bases", str(bases), "--type", media]
        paths = {str(path): body.name for path, body in group}
        done = subprocess.run([*command, *(["--upload"] if upload else []), *paths], stdout=subprocess.PIPE,
                              timeout=DEADLINE, check=True, text=True, errors="replace")
        found |= {paths[m[1]]: (m[2], m[3]) for m in LINE.finditer(done.stdout)}
    return found
