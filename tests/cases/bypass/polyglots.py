# SPDX-License-Identifier: GPL-2.0-or-later
"""An archive behind something else that opens too, or that nobody would take for an archive.
Unpackers look for a ZIP from the end of a file, and for RAR and 7z wherever they begin."""

import bz2
import gzip
import lzma

from bypass.documents import html_link_with_data_uri
from bypass.formats import packs, rar, sevenzip, tapes
from bypass.formats.mime import attachment, mail_with
from bypass.formats.zips import Entry, write
from bypass.wrapping import CLEAN_OR_DAMAGED, File, add, infected

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
        add(lambda file, before=before, make=make: before + make(file), f"{front}-then-{inner}", opens,
            infected(), family="polyglots", filename="holiday.bin")

# Pages that begin like something that libclamav does not look at, or not as at a page. A browser
# goes by the Content-Type, a person's computer by the name.
PAGES = {
    "mp3-tag": b"ID3", "mp3": b"\xff\xfb\x90", "ogg": b"OggS", "real-media": b".RMF",
    "sip-log": b"SIP-HIT (SIP/H", "sqlite": b"SQLite format 3\0", "symantec": b"SYMC\1\0",
    "pdf-image": b"/RGB\nID\n" + b"\xff" * 32, "gif": b"GIF89a", "bmp": b"BM", "riff": b"RIFF",
    "postscript": b"%!PS-Adobe-3.0\n", "zip": b"PK\3\4", "bzip2": b"BZh91", "program": b"MZ",
    "mail": b"Subject: hello\n", "json": b'{ "Magic": "CLAMJSONv0" }', "nothing": b"",
}


def page(front, file):
    return front + html_link_with_data_uri(file)


for front, before in PAGES.items():
    # The page's text, read as a member's header, says that it is encrypted.
    benign = None if front == "zip" else CLEAN_OR_DAMAGED
    add(lambda file, before=before: page(before, file), f"page-behind-{front}",
        "every browser, as text/html", infected(), family="polyglots", benign=benign,
        filename="page", kind="text/html; charset=utf-8")
    add(lambda file, before=before: write([Entry("page.html", page(before, file), 8)]),
        f"page-behind-{front}-in-zip", "every browser, behind an unzip", infected(),
        family="polyglots", benign=benign, filename="x.zip")
    add(lambda file, before=before: mail_with(attachment(File("page.html", page(before, file)))),
        f"page-behind-{front}-in-mail", "every mail program", infected(),
        family="polyglots", benign=benign, filename="mail")
