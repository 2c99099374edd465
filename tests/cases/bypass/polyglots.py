# SPDX-License-Identifier: GPL-2.0-or-later
"""An archive behind something else that opens too, or that nobody would take for an archive.
Unpackers look for a ZIP from the end of a file, and for RAR and 7z wherever they begin."""

import bz2
import gzip
import lzma

from bypass.formats import packs, rar, sevenzip, tapes
from bypass.formats.zips import Entry, write
from bypass.wrapping import CLEAN_OR_DAMAGED, File, add, infected, infected_or

NOTE = File("note.txt", b"Nothing but a note, and a harmless one.\n")

FRONTS = {
    "gz": gzip.compress(NOTE.data, mtime=0),
    "bz2": bz2.compress(NOTE.data),
    "xz": lzma.compress(NOTE.data),
    "lzma": lzma.compress(NOTE.data, lzma.FORMAT_ALONE),
    "zst": packs.zstd(NOTE.data),
    "lz4": packs.lz4(NOTE.data),
    "lz": packs.lzip(NOTE.data),
    "Z": packs.compress(NOTE.data),
    "7z": sevenzip.write([(NOTE.name, NOTE.data)]),
    "rar": rar.rar5(NOTE.name, NOTE.data),
    "cab": tapes.cab(NOTE.name, NOTE.data, 1),
    "arj": tapes.arj(NOTE.name, NOTE.data),
    "lha": tapes.lha(NOTE.name, NOTE.data),
    "tar": tapes.tar([(NOTE.name, NOTE.data)]),
    "cpio": tapes.cpio_newc([(NOTE.name, NOTE.data)]),
    "zip": write([Entry(NOTE.name, NOTE.data)]),
    "png": b"\x89PNG\r\n\x1a\n" + bytes(40),
    "jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(200),
    "pdf": b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n",
    "mail": b"From: a@example.com\r\nTo: b@example.com\r\nSubject: hello\r\n\r\nhello\r\n",
    "html": b"<html><body>hello</body></html>\n",
    "text": b"This is a letter.\n" * 20,
    "elf": b"\x7fELF" + bytes(600),
    "a-mark-of-rar": b"Rar!\x1a\7\0 is how a RAR archive begins, says this text.\n",
}


def packed(file):
    """So that the threat is seen by those only who open the archive."""
    return file.name + ".gz", packs.gz(file.data, name=file.name.encode())


ARCHIVES = (
    ("zip", lambda file: write([Entry(file.name, file.data, 8)]), "7-Zip, unzip and Java read from the end"),
    ("zip-lzma", lambda file: write([Entry(file.name, file.data, 14)]), "7-Zip reads from the end"),
    ("rar4", lambda file: rar.rar4(*packed(file)), "WinRAR and 7-Zip look for the mark"),
    ("rar5", lambda file: rar.rar5(*packed(file)), "WinRAR and 7-Zip look for the mark"),
    ("7z", lambda file: sevenzip.write([(file.name, file.data)]), "7-Zip looks for the mark"),
    ("7z-delta", lambda file: sevenzip.write([(file.name, file.data)], ("delta", "lzma")),
     "7-Zip looks for the mark"),
)

for front, before in FRONTS.items():
    for inner, make, opens in ARCHIVES:
        if front == inner[:3] and front != "zip":
            continue  # two of a kind: unpackers open the first
        # libarchive does not know the delta filter
        expect = infected_or("container") if inner == "7z-delta" else infected()
        add(lambda file, before=before, make=make: before + make(file), f"{front}-then-{inner}", opens,
            expect, benign=CLEAN_OR_DAMAGED, family="polyglots", filename="holiday.bin")
