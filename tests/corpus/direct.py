# SPDX-License-Identifier: GPL-2.0-or-later
"""Asks the content pipeline itself, in one process: what the scanner finds in a body does not depend on
the profile, which only decides afterwards. So one scan answers for all services of an item. A busy
machine cannot make it late: it has no deadline but the two settings."""

import pathlib
import re
import subprocess
import tempfile

from corpus.send import Answer

LINE = re.compile(r'^(.*?): (\w+) reason=(\S+) threat="(.*?)" part="(.*?)" detail=')
BATCH = 100
TOP = pathlib.Path(__file__).resolve().parents[2]


def file_name(item):
    return "".join(c if c.isalnum() or c in ".-_" else "_" for c in item.name)[-200:] or "_"


def scan(program, bases, settings, batch, directory):
    """[(verdict, reason, part)] of a batch, in its order; what has no answer is an error."""
    paths = []
    for number, item in enumerate(batch):
        path = pathlib.Path(directory, str(number), file_name(item))
        path.parent.mkdir()
        path.write_bytes(item.read())
        paths.append(path)
    cases = pathlib.Path(directory, "cases")
    cases.write_text("".join(f"\t{path}\t{item.media}\n" for path, item in zip(paths, batch)), encoding="utf-8")
    options = [f"--set={name}={value}" for name, value in settings.items()]
    done = subprocess.run([program, "--bases", bases, *options, "--cases", cases], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, text=True, errors="replace")
    found = {m[1]: (m[2], m[3], m[5]) for m in map(LINE.match, done.stdout.splitlines()) if m}
    return [found.get(str(path), ("error", "no-answer", done.stdout[-80:])) for path in paths]


def send(program, bases, items, settings, progress=None):
    """Yields an Answer for each item and service."""
    for start in range(0, len(items), BATCH):
        batch = items[start:start + BATCH]
        with tempfile.TemporaryDirectory(prefix="corpus-") as directory:
            for item, (verdict, reason, part) in zip(batch, scan(program, bases, settings, batch, directory)):
                reason = "" if verdict == "clean" else reason
                for service in item.services:
                    yield Answer(item, service, verdict, reason, part)
        if progress:
            progress(f"{start + len(batch)} of {len(items)}")
