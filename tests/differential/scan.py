# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks the content pipeline: one process for many files."""

import os
import pathlib
import re
import subprocess
import tempfile

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("EPOST_BUILD", TOP / "_build"))
LINE = re.compile(r"^(.*?): (clean|infected|unscannable|error) reason=(\S+) ", re.M)
DEADLINE = 600


def signatures(directory):
    """A set that knows EICAR."""
    from lib.eicar import EICAR, EICAR_NAME
    name = EICAR_NAME.removesuffix(".UNOFFICIAL")
    pathlib.Path(directory, "eicar.ndb").write_text(f"{name}:0:0:{EICAR.hex()}\n", encoding="ascii")


def verdicts(bases, bodies):
    """{body's name: (verdict, reason)} of [(path, body)]. One process for all: loading costs most."""
    with tempfile.NamedTemporaryFile("w", prefix="cases-", encoding="latin-1") as cases:
        for path, body in bodies:
            assert "\n" not in body.media, body.media
            cases.write(f"{'upload' if body.upload else ''}\t{path}\t{body.media}\n")
        cases.flush()
        done = subprocess.run([str(BUILD / "tests/tools/inspect-file"), "--bases", str(bases), "--cases", cases.name],
                              stdout=subprocess.PIPE, timeout=DEADLINE, check=True, text=True, errors="replace")
    names = {str(path): body.name for path, body in bodies}
    return {names[m[1]]: (m[2], m[3]) for m in LINE.finditer(done.stdout)}
