# SPDX-License-Identifier: GPL-2.0-or-later
"""An installation of the updater under a directory of its own: source list, settings, Bases, log."""
import dataclasses
import json
import os
import pathlib
import shlex
import subprocess
import time
from xml.sax.saxutils import quoteattr

from lib import procs, slowness
from lib.mirrorset import clock, tool

# epost-autoupdate's exit codes (epost-autoupdate(8))
(UPDATED, CURRENT, CONFIG, COOLING, NETWORK, REFUSED, TESTLOAD, UNCONFIRMED, DISK, LOCKED, STALE,
 ALARM, FAILED) = range(13)


@dataclasses.dataclass
class Outcome:
    code: int
    out: str
    err: str
    seconds: float

    @property
    def text(self):
        return self.out + self.err

    def __repr__(self):
        return f"<code {self.code} after {self.seconds:.2f} s\n{self.out}---\n{self.err}>"


def manifest(*urls, key, name="bases", **attributes):
    """A <manifest> element."""
    keys = [key] if not isinstance(key, (list, tuple)) else key
    return _element("manifest", name, attributes,
                    [f"<mirror url={quoteattr(u)}/>" for u in urls] +
                    [f"<key>{k if isinstance(k, str) else k.text}</key>" for k in keys])


def clamav(*urls, name="official", **attributes):
    return _element("clamav", name, attributes, [f"<mirror url={quoteattr(u)}/>" for u in urls])


def url(*files, name="third", **attributes):
    """A <url> element; files: URLs, or (URL, name)."""
    lines = []
    for file in files:
        address, own = file if isinstance(file, tuple) else (file, None)
        lines.append(f"<file url={quoteattr(address)}" +
                     (f" name={quoteattr(own)}" if own else "") + "/>")
    return _element("url", name, attributes, lines)


def directory(path, name="own", **attributes):
    return _element("directory", name, {"path": path, **attributes}, [])


def _element(kind, name, attributes, lines):
    given = "".join(f" {a}={quoteattr(str(v))}" for a, v in attributes.items())
    body = "".join(f"    {line}\n" for line in lines)
    return f"  <{kind} name={quoteattr(name)}{given}>\n{body}  </{kind}>\n"


class Site:
    """One updater. `settings` go to epost-autoupdate.conf; `sources` are elements as above."""

    def __init__(self, root, *sources, **settings):
        self.root = pathlib.Path(root)
        self.root.mkdir(parents=True, exist_ok=True)
        self.bases, self.log_file = self.root / "Bases", self.root / "log" / "autoupdate.log"
        self.sources_file = self.root / "sources.xml"
        self.config_file = self.root / "epost-autoupdate.conf"
        self.prefix = []  # in front of every command
        self.settings = {"Bases": self.bases, "State": self.root / "state",
                         "Log": self.log_file, "Sources": self.sources_file,
                         "ScannerConfig": '""', "Socket": self.root / "none.sock",
                         "ConnectTimeout": round(3 * slowness.machine()), "LowSpeedTime": 30, "LowSpeed": "1K",
                         "DiskReserve": 0, **settings}
        self.use(*sources)

    def use(self, *sources, **settings):
        """Writes the source list (unless none is given) and the settings."""
        if sources:
            self.sources_file.write_text(
                '<?xml version="1.0" encoding="UTF-8"?>\n<sources version="1">\n'
                f'{"".join(sources)}</sources>\n', encoding="utf-8")
        self.settings.update(settings)
        self.config_file.write_text("".join(f"{n} {v}\n" for n, v in self.settings.items()),
                                    encoding="utf-8")
        return self

    def inside(self, disk):
        """The site lies on a SmallDisk (at disk.seen): runs the updater where that is mounted."""
        self.settings = {n: str(v).replace(str(disk.seen), str(disk.inside))
                         for n, v in self.settings.items()}
        self.prefix = disk.enter
        self.use()

    def settings_path(self):
        return pathlib.Path(self.settings["Sources"]).with_name(self.config_file.name)

    def command(self, *args, at=None):
        return [*map(str, (*self.prefix, *clock(at), tool("epost-autoupdate"), "--config", self.settings_path(), *args))]

    def update(self, *args, at=None, timeout=60, env=None):
        """Runs it. `at` fakes the clock ("+4d")."""
        started = time.monotonic()
        made = subprocess.run(self.command(*args, at=at), capture_output=True, timeout=slowness.scaled(timeout),
                              check=False, stdin=subprocess.DEVNULL, env=env)
        out, err = (b.decode("utf-8", errors="replace") for b in (made.stdout, made.stderr))
        assert "Sanitizer" not in err and "runtime error" not in err, err
        return Outcome(made.returncode, out, err, time.monotonic() - started)

    def start(self, *args):
        """Starts it in the background."""
        return subprocess.Popen(self.command(*args), stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def files(self):
        """What Bases holds now: {name: bytes}; None when there is none."""
        if not self.bases.is_dir():
            return None
        return {p.name: p.read_bytes() for p in self.bases.iterdir()}

    def generation(self):
        """N of .bases/gen-N that Bases points to, 0 when it points to none."""
        if not self.bases.is_symlink():
            return 0
        target = os.readlink(self.bases)
        assert target.startswith(".bases/gen-"), target
        return int(target.removeprefix(".bases/gen-"))

    def generations(self):
        place = self.root / ".bases"
        return sorted(int(p.name.removeprefix("gen-")) for p in place.glob("gen-*") if p.is_dir())

    def store(self):
        """Everything in .bases, sorted: to see that nothing is left over."""
        return sorted(p.name for p in (self.root / ".bases").iterdir())

    def log(self):
        """Lines of autoupdate.log, each as {key: value}, with what is no pair under ""."""
        if not self.log_file.exists():
            return []
        return [line_fields(line) for line in self.log_file.read_text("utf-8").splitlines()]

    def status(self, *args, at=None):
        outcome = self.update("--status", "--json", *args, at=at)
        return json.loads(outcome.out), outcome.code


def line_fields(line):
    fields = {"": []}
    for word in shlex.split(line):
        key, equals, value = word.partition("=")
        if equals:
            fields[key] = value
        else:
            fields[""].append(word)
    return fields


def wait_for_requests(server, count, timeout=20):
    procs.wait_until(lambda: len(server.requests) >= count, timeout, "the request did not come")


def wants(outcome, code, *words):
    """Asserts the exit code and that each of the words was said."""
    assert outcome.code == code, outcome
    for word in words:
        assert word.lower() in outcome.text.lower(), f"{word!r} was not said: {outcome}"
    return outcome
