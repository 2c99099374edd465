# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of disguises: who opens the bytes, how likely that is, and how they travel."""

import functools
import importlib
from dataclasses import dataclass, field, replace

from bypass.wrapping import EVIL, File

GROUPS = ("pdf", "pdfsyntax", "pages", "scripts", "zipforms", "zipdiff", "uploads", "pieces", "carriers", "rareformats", "behind")


@dataclass(frozen=True)
class Http:
    kind: str = "application/octet-stream"
    name: str = "file.bin"
    url: str = None
    method: str = None  # an upload by that method; None: a download
    headers: tuple = ()
    service: str = "web"

    @property
    def address(self):
        return self.url or "http://example.test/" + self.name


@dataclass(frozen=True)
class Case:
    """rank: 5 every user's program by itself, 1 contrived. opens: the program that gets it out."""
    name: str
    group: str
    rank: int
    opens: str
    http: Http
    body: bytes = field(repr=False)


CLASSES = []
PDF = {"kind": "application/pdf", "name": "x.pdf"}
PAGE = {"kind": "text/html; charset=utf-8", "name": "page.html"}
MAIL = {"kind": "message/rfc822", "name": "mail.eml", "service": "mail"}
FORM = {"kind": "multipart/form-data; boundary=aaa", "method": "POST", "url": "http://example.test/upload.php"}


def disguise(rank, opens, **http):
    """Registers a generator of spellings."""
    def register(make):
        CLASSES.append((make, rank, opens, Http(**http)))
        return make
    return register


def spellings(make, rank, opens, http):
    group = make.__module__.rpartition(".")[2]
    for name, body, *more in make():
        facts = dict(more[0]) if more else {}
        own = {key: facts.pop(key) for key in ("rank", "opens") if key in facts}
        yield Case(f"{make.__name__.replace('_', '-')}/{name}", group, own.get("rank", rank),
                   own.get("opens", opens), replace(http, **facts), body)


@functools.lru_cache(maxsize=None)
def cases():
    """All spellings of all classes, group by group."""
    for group in GROUPS:
        importlib.import_module("disguises." + group)
    found = [case for row in CLASSES for case in spellings(*row)]
    names = [case.name for case in found]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise ValueError(f"the same name twice: {double}")
    return tuple(sorted(found, key=lambda case: GROUPS.index(case.group)))


EVERY = 6  # of the spellings in an ordinary run, beside each class's first


def sample(all_cases, listed):
    """The same share of every class each time, and all that are listed."""
    counts, chosen = {}, []
    for case in all_cases:
        kind = case.name.split("/")[0]
        counts[kind] = counts.get(kind, 0) + 1
        if counts[kind] % EVERY == 1 or case.name in listed:
            chosen.append(case)
    return tuple(chosen)


__all__ = ["EVIL", "File", "FORM", "MAIL", "PAGE", "PDF", "Case", "Http", "cases", "disguise", "sample"]
