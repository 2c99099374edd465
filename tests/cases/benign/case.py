# SPDX-License-Identifier: GPL-2.0-or-later
"""The table of everyday bodies. A class yields (name, body) or (name, body, differing HTTP facts)."""

import functools
import importlib
from dataclasses import replace

from disguises.case import MAIL, PDF, Case, Http

GROUPS = ("archives", "mails", "weakmarks", "documents")
CLASSES = []


def everyday(**http):
    def register(make):
        CLASSES.append((make, Http(**http)))
        return make
    return register


@functools.lru_cache(maxsize=None)
def cases():
    for group in GROUPS:
        importlib.import_module("benign." + group)
    found = []
    for make, http in CLASSES:
        for name, body, *more in make():
            found.append(Case(f"{make.__name__.replace('_', '-')}/{name}", make.__module__.rpartition(".")[2], 5,
                              "nothing hidden", replace(http, **(more[0] if more else {})), body))
    names = [case.name for case in found]
    double = sorted({name for name in names if names.count(name) > 1})
    if double:
        raise ValueError(f"the same name twice: {double}")
    return tuple(found)


__all__ = ["MAIL", "PDF", "cases", "everyday"]
