# SPDX-License-Identifier: GPL-2.0-or-later
"""Short marks that mean nothing by themselves: a container is one only if its structure holds."""

import random

from bypass.formats.mime import armor
from benign.case import everyday


@everyday(kind="application/cbor", name="x.cbor")
def cbor_map():
    for entries in range(1, 8):
        yield f"{entries}-entries", bytes([0xA0 + entries]) + b"".join(
            bytes([i + 1, 0x58, 32]) + b"B" * 32 for i in range(entries))
    yield "cose-key", bytes.fromhex("a3010203262001215820") + b"B" * 32


@everyday()
def short_mark_then_noise():
    marks = {"cpio-binary": b"\xc7\x71", "cpio-binary-big": b"\x71\xc7", "compress": b"\x1f\x9d\x90", "pack": b"\x1f\x1e",
             "gzip-like": b"\x1f\x8b\x07", "arj": b"\x60\xea", "bzip-like": b"BZh", "mz": b"MZ", "bm": b"BM", "pgp-a3": b"\xa3",
             "pgp-c8": b"\xc8\x20", "zlib": b"\x78\x9c", "zlib-best": b"\x78\xda", "lzma-like": b"\x5d\0\0",
             "zoo-like": b"ZOO ", "der": b"\x30\x82\x01\x00", "tnef-like": b"\x78\x9f\x3e", "pk-like": b"PK\x05\x07",
             "dar-like": b"\0\0\0\x7b", "packit-like": b"PMag", "dms-like": b"DMS!", "ciso-like": b"CISO"}
    for name, mark in marks.items():
        yield name, mark + random.Random(name).randbytes(2000)


@everyday()
def mark_of_a_known_format_then_noise():
    """Of what readers open the mark is not enough: nothing comes out of it."""
    marks = {"gzip": b"\x1f\x8b\x08", "gzip-plain": b"\x1f\x8b\x08\0", "gzip-named": b"\x1f\x8b\x08\x08", "zstd": b"\x28\xb5\x2f\xfd",
             "lz4-old": b"\x02\x21\x4c\x18", "xar": b"xar!", "alz": b"ALZ\1", "egg": b"EGGA", "zip-end": b"PK\5\6"}
    for name, mark in marks.items():
        for seed in range(6):
            r = random.Random(f"{name} {seed}")
            yield f"{name}-{seed}", mark + r.randbytes(r.choice((60, 600, 6000, 20000)))
    yield "zip-end-behind", random.Random(11).randbytes(9000) + b"PK\5\6" + random.Random(12).randbytes(500)


@everyday(name="letter.txt", kind="text/plain")
def mark_of_office_then_text():
    """As Word's text comes out of some clipboards; in the corpus it is a mail."""
    text = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 Worldwide*\nGreat Restaurants, Shopping & Activities\nContact us by phone\n"
    yield "short", text
    yield "long", text * 30
    yield "mail", b"From: a@example.org\r\nTo: b@example.org\r\nContent-Type: text/html\r\n\r\n" + text * 5, \
        {"kind": "message/rfc822", "name": "mail"}


@everyday(name="plan.dxf", kind="image/vnd.dxf")
def digits_of_a_drawing():
    """DXF keeps its preview as hexadecimal digits, in which 070707 is no cpio."""
    def drawing(lines):
        return b"  0\r\nSECTION\r\n  2\r\nHEADER\r\n" + b"".join(b"310\r\n" + line.ljust(254, b"0") + b"\r\n" for line in lines) + b"  0\r\nEOF\r\n"
    yield "row-of-07", drawing([bytes(40 * b"0") + b"07" * n for n in range(3, 60)])
    yield "07-then-zeros", drawing([b"0" * n + b"0707070000070707" for n in range(100)])
    yield "newer-mark", drawing([b"0" * n + b"070701" + b"0700" * 30 for n in range(40)])
    yield "numbers-in-a-table", b"".join(b"%06d,070707%070d,%d\n" % (n, n, n) for n in range(400)), {"name": "t.csv", "kind": "text/csv"}


@everyday(name="cs.mo", kind="application/x-gettext-translation")
def packets_without_an_end():
    """What is no key and no length proves no message: base64 that was none decodes to a padding, then to all that follows."""
    packets = b"\xd5\x2a" + random.Random(3).randbytes(42) + b"\xa7" + random.Random(4).randbytes(20)
    yield "alone", packets
    yield "longer", packets + random.Random(5).randbytes(2000)
    yield "in-a-catalog", b"MIME-Version:\n1Soubor21jiexistujeChcetejejnahraditv/mOaplikaciAutomatickynaatDesignDiagonlnDokumentace"


@everyday(kind="application/x-archive", name="libvoice.a")
def quotes_and_small_numbers():
    """Tables of a program: behind a quotation mark stand bytes that could be the head of .lzma. To look at all of them
    as files took longer than a scan may."""
    r = random.Random(6)
    table = b"".join(b'"' + bytes([0, 0, 0, 2, 0, 0, 0, r.randrange(256), r.randrange(8), 0, 0, 0, 0, 0, 0, 0]) + r.randbytes(1500) for _ in range(1300))
    yield "lzma-like", b"voice_table_entry\0" * 80 + b"usage: \\x41 " + table


@everyday(kind="image/png", name="window.png")
def picture_that_holds_a_mark():
    """Its chunks' sums and lengths spell the head of .lzma, and zeros decode to many more."""
    chunk = b"\x5d\0\0\x20\0IDAT" + bytes(2400) + random.Random(7).randbytes(4000)
    yield "lzma-like", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + random.Random(8).randbytes(3000) + chunk + random.Random(9).randbytes(9000)


@everyday(kind="text/javascript", name="pdfkit.js")
def script_that_writes_pdf():
    """The template of a header is no document."""
    body = b"// Writes a document.\n" * 60 + b"const file = new Blob(pages);\nthis._write(`%PDF-${this.version}`);\n" + b"".join(
        b"this._write('<< /Length %d >>\\nstream\\n');\n" % n + b"// more\n" * 200 for n in range(900))
    yield "template", body
    yield "source-map", b'{"version":3,"sourcesContent":["' + body.replace(b"\\", b"\\\\").replace(b"\n", b"\\n") + b'"]}', {"name": "pdfkit.js.map", "kind": "application/json"}


@everyday()
def noise():
    """Bodies of all first bytes."""
    for first in range(256):
        yield f"first-{first:02x}", bytes([first]) + random.Random(first).randbytes(600)


@everyday(name="multitoc.asc", kind="application/pgp-signature")
def armor_that_is_no_message():
    yield "old-detached-signature", armor(b"MESSAGE", b"\x89\x01\x15\x03\x05\x00" + random.Random(1).randbytes(272))
    yield "program-text", b"int x;\n/* -----BEGIN PGP MESSAGE----- */\nchar *s = \"-----BEGIN PGP MESSAGE-----\";\n", {"name": "x.c"}


@everyday(kind="application/x-executable", name="unpacker")
def program_that_knows_marks():
    """An unpacker holds the marks of what it unpacks; busybox has lzop's."""
    program = b"\x7fELF\2\1\1".ljust(4096, b"\0") + random.Random(2).randbytes(5000)
    marks = {"lzop": b"\x89LZO\0\r\n\x1a\n", "squashfs": b"hsqs", "xar": b"xar!", "lz4": b"\x04\x22\x4d\x18", "lz4-old": b"\x02\x21\x4c\x18",
             "lzip": b"LZIP\1", "xz": b"\xfd7zXZ\0", "zstd": b"\x28\xb5\x2f\xfd", "bzip2": b"BZh9", "lha": b"-lh5-", "cpio": b"070701", "ustar": b"ustar\x0000",
             "7z": b"7z\xbc\xaf\x27\x1c", "rar": b"Rar!\x1a\7\1\0"}
    for name, mark in marks.items():
        yield name, program + mark + b"\0unknown option\0" + random.Random(name).randbytes(3000)
    yield "all", program + b"\0".join(marks.values()) + bytes(600)
