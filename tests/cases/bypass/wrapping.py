# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of wrappings: a function that makes the bytes, who opens them, what must come out.

    @wrapping(opens="any unzip", expect=infected("zip > eicar.com"))
    def zip_stored(file):
        return zip_of(file)

The function gets a File (name, data). Where the wrapping is to be seen through, the
same function is run a second time with harmless bytes under the same name (its
twin), which must come out clean: so that "block everything" does not pass.
"""

import functools
import importlib
from dataclasses import dataclass, field, replace

from lib.eicar import EICAR, EICAR_NAME, TESTFILE_NAME

FAMILIES = ("encodings", "zips", "archives", "streams", "polyglots", "disks", "documents", "pdfs",
            "office", "mail", "mailbreak", "uploads", "ranges", "limits", "controls")


@dataclass(frozen=True)
class File:
    name: str
    data: bytes


EVIL = File("eicar.com", EICAR)
# As long as EICAR, as printable, and not it.
GOOD = File("eicar.com", b"X5O is only how this harmless text starts; it is as long as the other!\n"[:68])


@dataclass(frozen=True)
class Expect:
    """verdict: clean, infected or unscannable. reasons: the allowed ones of unscannable.
    With reasons, infected and clean may also come out unscannable for one of them; the reason
    "none" means that clean is true too. part: a pattern of the part's path, where it matters."""
    verdict: str
    reasons: tuple = ()
    part: str = None
    threat: str = EICAR_NAME

    def __str__(self):
        return self.verdict if not self.reasons else f"{self.verdict}: {' or '.join(self.reasons)}"


CLEAN = Expect("clean")
# For what is damaged, but holds nothing: either answer tells the truth.
CLEAN_OR_DAMAGED = Expect("clean", ("encoding", "container", "malformed"))
# For what says that it is large, and is not.
CLEAN_OR_LARGE = Expect("clean", ("container", "malformed", "max-file-size"))


def infected(part=None, threat=EICAR_NAME):
    return Expect("infected", (), part, threat)


def infected_or(*reasons, part=None):
    """Found, or at least said not to be readable: for what ordinary tools disagree on."""
    return Expect("infected", reasons, part)


def unscannable(*reasons):
    return Expect("unscannable", reasons)


# Harmless wrappings that are not clean, and why that is right. At most five: see test_bypass.py.
UNREAD = {
    "zip-local-says-encrypted": "the local header says encrypted: to who goes by it, it holds what a password opens",
    "tar-with-wrong-checksum": "tar says that it is damaged, and programs differ on where they go on",
    "file-gz-cut": "gunzip says that it is cut, and the rest may come in a file of its own",
    "file-bz2-cut": "as file-gz-cut; what is in the last block nobody can tell",
    "file-xz-cut": "as file-gz-cut",
}

TESTFILE = infected(threat=TESTFILE_NAME)


@dataclass(frozen=True)
class Http:
    """How the body travels. kind: Content-Type. directions: which ICAP methods make sense.
    declared: a Content-Length that lies. chunk: bytes a chunk. preview: bytes, None for none."""
    kind: str = "application/octet-stream"
    encoding: str = None
    filename: str = "file.bin"
    directions: tuple = ("RESPMOD", "REQMOD")
    method: str = "POST"
    status: str = "200 OK"
    headers: tuple = ()
    declared: str = None
    chunk: int = None
    preview: int = None


@dataclass(frozen=True)
class Sample:
    name: str
    family: str
    opens: str
    expect: Expect
    http: Http
    make: object = field(repr=False, compare=False)
    file: File = field(default=EVIL, repr=False)

    def body(self):
        return self.make(self.file)


SAMPLES = []


def add(make, name, opens, expect, benign="twin", family=None, **http):
    """One wrapping. benign: what the twin must come out as; None: no twin."""
    family = family or make.__module__.rpartition(".")[2]
    sample = Sample(name, family, opens, expect, Http(**http), make)
    SAMPLES.append(sample)
    if benign == "twin":
        benign = CLEAN if expect.verdict == "infected" and expect.threat == EICAR_NAME else None
        if benign and expect.reasons:
            benign = replace(CLEAN, reasons=expect.reasons)
    if benign is not None:
        SAMPLES.append(replace(sample, name=name + "+harmless", expect=benign, file=GOOD))


def wrapping(opens, expect, name=None, benign="twin", **http):
    def register(make):
        add(make, name or make.__name__.replace("_", "-"), opens, expect, benign, **http)
        return make
    return register


@functools.lru_cache(maxsize=None)
def samples():
    """All samples, family by family."""
    for family in FAMILIES:
        importlib.import_module("bypass." + family)
    names = [s.name for s in SAMPLES]
    double = {n for n in names if names.count(n) > 1}
    if double:
        raise ValueError(f"the same name twice: {double}")
    return tuple(sorted(SAMPLES, key=lambda s: FAMILIES.index(s.family)))
