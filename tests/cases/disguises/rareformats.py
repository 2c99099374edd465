# SPDX-License-Identifier: GPL-2.0-or-later
"""Formats that one program opens by itself: git's lines and patches, web archives, property lists, signed text, boot images,
backups, old packers."""

import base64
import binascii
import bz2
import gzip
import hashlib
import lzma
import plistlib
import struct
import zlib

from bypass.formats import disks, mime, packs, tapes
from bypass.formats.mime import attachment, mail_with
from bypass.formats.zips import DEFLATE, zip_of
from disguises.case import EVIL, MAIL, File, disguise
from disguises.pdfbody import pdf

ZIP = zip_of(EVIL, DEFLATE)
TAR = tapes.tar_of(EVIL)


def git_pack():
    out = b"PACK" + struct.pack(">II", 2, 2)
    for data in (b"hello", EVIL.data):
        size, head = len(data), b""
        byte, size = 3 << 4 | size & 15, size >> 4
        while size:
            head, byte, size = head + bytes([byte | 128]), size & 127, size >> 7
        out += head + bytes([byte]) + zlib.compress(data)
    return out + hashlib.sha1(out).digest()


def line(data):
    return b"%04x" % (len(data) + 4) + data


@disguise(3, "git clone, git fetch", kind="application/x-git-upload-pack-result", name="git-upload-pack")
def git_lines():
    pack = git_pack()
    for step in (7, 60, 65515):
        pieces = b"".join(line(b"\1" + pack[i:i + step]) for i in range(0, len(pack), step))
        yield f"bands-{step}", line(b"NAK\n") + line(b"\2Counting objects\n") + pieces + b"0000"
        yield f"second-version-{step}", line(b"packfile\n") + pieces + b"0000"
    yield "behind-lines", line(b"NAK\n") + pack
    yield "behind-sections", line(b"acknowledgments\n") + line(b"ready\n") + b"0001" + line(b"packfile\n") + line(b"\1" + pack) + b"0000"
    push = line(b"0" * 40 + b" " + b"1" * 40 + b" refs/heads/x\0 report-status\n") + b"0000" + pack
    yield "push", push, {"method": "POST", "kind": "application/x-git-receive-pack-request"}
    for version in (2, 3):
        head = b"# v%d git bundle\n" % version + (b"@object-format=sha1\n" if version == 3 else b"")
        yield f"bundle-{version}", head + b"0" * 40 + b" refs/heads/main\n\n" + pack, {"kind": "application/octet-stream", "name": "x.bundle"}
    blob = b"blob %d\0" % len(EVIL.data) + EVIL.data
    yield "loose-object", zlib.compress(blob), {"kind": "application/x-git-loose-object", "name": "3d8c"}
    yield "object-without-packing", blob, {"rank": 1}


def git_binary(data):
    """A file in a patch as git writes it: the length of each line as a letter, then its bytes in base 85."""
    packed, lines = zlib.compress(data), []
    for i in range(0, len(packed), 52):
        part = packed[i:i + 52]
        letter = chr(64 + len(part)) if len(part) < 27 else chr(70 + len(part))
        lines.append(letter.encode() + base64.b85encode(part, pad=True))
    return b"literal %d\n" % len(data) + b"\n".join(lines) + b"\n\n"


@disguise(3, "git am, git apply", kind="text/x-patch", name="0001-x.patch")
def git_binary_patch():
    head = b"diff --git a/e.com b/e.com\nnew file mode 100644\nindex 0000000..1111111\nGIT binary patch\n"
    empty = b"literal 0\nHcmV?d00001\n\n"
    mail = b"From 1111111 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.test>\nDate: Thu, 1 Jan 2026 00:00:00 +0000\nSubject: [PATCH] x\n\n---\n"
    long = zip_of(File("e.com", EVIL.data), 0) + bytes(range(256)) * 40
    for name, data in (("plain", EVIL.data), ("zip", ZIP), ("long", long)):
        patch = head + git_binary(data) + empty
        yield name, patch
        yield f"{name}-crlf", patch.replace(b"\n", b"\r\n")
        yield f"{name}-of-format-patch", mail + patch + b"-- \n2.39.5\n\n"
        yield f"{name}-attached", mail_with(attachment(File("x.patch", patch))), MAIL
        yield f"{name}-as-the-old-file", head + git_binary(b"new") + git_binary(data)
    yield "behind-another", head + git_binary(b"first") + empty + head + git_binary(EVIL.data) + empty
    yield "no-end", (head + git_binary(EVIL.data)).rstrip(b"\n")


def response(data, fields=b""):
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n" + fields + b"\r\n" + data


def chunked(data, step=30):
    return b"".join(b"%x\r\n" % len(data[i:i + step]) + data[i:i + step] + b"\r\n" for i in range(0, len(data), step)) + b"0\r\n\r\n"


MESSAGES = {"plain": response(EVIL.data), "zip": response(ZIP), "gzip": response(gzip.compress(EVIL.data), b"Content-Encoding: gzip\r\n"),
            "chunked": response(chunked(EVIL.data), b"Transfer-Encoding: chunked\r\n"),
            "chunked-gzip": response(chunked(gzip.compress(EVIL.data)), b"transfer-encoding:Chunked\r\nContent-Encoding: gzip\r\n"),
            "line-feeds": response(EVIL.data).replace(b"\r\n", b"\n"),
            "cut": response(chunked(EVIL.data)[:-5], b"Transfer-Encoding: chunked\r\n"),
            "two-codings": response(gzip.compress(zlib.compress(EVIL.data)), b"Content-Encoding: deflate, gzip\r\n"),
            "request": b"PUT /e.com HTTP/1.1\r\nHost: example.test\r\nContent-Length: 68\r\n\r\n" + EVIL.data}


def record(message, kind=b"application/http; msgtype=response"):
    return b"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: http://example.test/e.com\r\nWARC-Date: 2026-01-01T00:00:00Z\r\n" \
           b"WARC-Record-ID: <urn:uuid:1>\r\nContent-Type: " + kind + b"\r\nContent-Length: %d\r\n\r\n" % len(message) + message + b"\r\n\r\n"


@disguise(3, "unar, replayweb.page", kind="application/warc", name="x.warc")
def web_archive():
    first = record(response(b"hello"))
    for name, message in MESSAGES.items():
        yield name, record(message)
        yield f"second-{name}", first + record(message)
        yield f"packed-{name}", gzip.compress(first) + gzip.compress(record(message)), {"name": "x.warc.gz", "kind": "application/gzip"}


@disguise(2, "the server that takes a batch, a program that replays it", kind="message/http", name="x.http")
def http_message():
    for name, message in MESSAGES.items():
        yield name, message
        yield f"batch-{name}", b"--aaa\r\nContent-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n\r\n" + message + b"\r\n--aaa--\r\n", \
            {"kind": "multipart/mixed; boundary=aaa", "method": "POST", "url": "http://example.test/batch"}


@disguise(3, "Safari, macOS, iOS", name="x.webarchive")
def property_list_binary():
    binary = lambda value: plistlib.dumps(value, fmt=plistlib.FMT_BINARY)
    nested = binary({"c": EVIL.data})
    for name, value in (("data", {"WebMainResource": {"WebResourceData": EVIL.data}}), ("zip", {"x": [b"short", ZIP]}),
                        ("many", {str(i): bytes([i]) * 30 for i in range(200)} | {"z": EVIL.data}), ("long", {"a": b"x" * 70000, "b": EVIL.data}),
                        ("nested", {"a": nested}), ("only-data", EVIL.data)):
        yield name, binary(value)
        yield f"{name}-in-mail", mail_with(attachment(File("x.mobileconfig", binary(value)))), MAIL
    yield "signed", mime.cms_signed(binary({"PayloadContent": EVIL.data})), {"name": "x.mobileconfig"}
    yield "in-xml", plistlib.dumps({"a": nested})


@disguise(2, "gpg --decrypt, mail programs with OpenPGP", kind="text/plain", name="x.asc")
def signed_in_clear():
    def signed(text, line_end=b"\n", heads=b"Hash: SHA256\n"):
        out = b"-----BEGIN PGP SIGNED MESSAGE-----\n" + heads + b"\n" + text + b"\n-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----\n"
        return out.replace(b"\n", line_end)
    for name, body in (("lf", signed(EVIL.data)), ("crlf", signed(EVIL.data, b"\r\n")), ("no-heads", signed(EVIL.data, heads=b"")),
                       ("two-heads", signed(EVIL.data, heads=b"Hash: SHA1\nHash: SHA256\n")), ("text-before", b"a word\n\n" + signed(EVIL.data))):
        yield name, body
        yield f"{name}-mail", b"From: a@example.test\r\nSubject: x\r\n\r\n" + body, MAIL


@disguise(3, "gpg, Sequoia: signed or literal, without a key", kind="text/plain", name="x.asc")
def literal_in_armor():
    """The name of the file, and what is in front of it, is longer than a first look."""
    def packet(tag, body):
        return bytes([0xc0 | tag]) + (bytes([len(body)]) if len(body) < 192 else b"\xff" + struct.pack(">I", len(body))) + body

    def armor(data):
        return b"-----BEGIN PGP MESSAGE-----\n\n" + base64.encodebytes(data) + b"-----END PGP MESSAGE-----\n"
    one_pass, signature = packet(4, b"\3\0\x0a\1" + bytes(8) + b"\1"), packet(2, b"\4\0\1\x0a" + bytes(280))
    for size in (0, 12, 13, 40, 58, 59, 200):
        data = bz2.compress(EVIL.data)
        literal = packet(11, b"b" + bytes([size]) + b"e" * size + bytes(4) + data)
        yield f"name-{size}", armor(literal)
        yield f"signed-name-{size}", armor(one_pass + literal + signature)
        yield f"signature-first-name-{size}", armor(signature + literal)
        yield f"twice-signed-name-{size}", armor(one_pass * 2 + literal + signature * 2)
    odd = bytes([0x88, 16]) + bytes(range(100, 116))
    for size in (0, 9):
        literal = bytes([0xac, len(EVIL.data) + 6 + size]) + b"b" + bytes([size]) + b"e" * size + bytes(4) + EVIL.data
        yield f"old-headers-odd-signature-{size}", b"\x90\x0d\3\0\x0a\1" + bytes(8) + b"\1" + literal + odd, {"kind": "application/pgp", "name": "x.gpg"}
    yield "marked", armor(packet(10, b"PGP") + one_pass + literal + signature)


@disguise(3, "cabextract, unar do not look at a reserved field", name="x.cab")
def cab_reserved_field():
    plain = tapes.cab("eicar.com", EVIL.data)
    for name, value in (("text", b"abcd"), ("one", b"\1\0\0\0"), ("ff", b"\xff" * 4)):
        yield name, plain[:4] + value + plain[8:]


@disguise(2, "7-Zip ([BOOT]); a PC that starts from it", name="x.iso")
def disc_boot_image():
    for name, image, kind in (("gzip", gzip.compress(EVIL.data), 0), ("zip", ZIP, 0), ("floppy", ZIP, 2), ("plain", EVIL.data, 0)):
        disc = bytearray(disks.iso("A.TXT", b"hi"))
        disc[17 * 2048:17 * 2048 + 75] = b"\0CD001\1EL TORITO SPECIFICATION".ljust(71, b"\0") + struct.pack("<I", 30)
        disc[30 * 2048:30 * 2048 + 64] = b"\1".ljust(30, b"\0") + b"\x55\xaa" + struct.pack("<BBHBBHI", 0x88, kind, 0, 0, 0, 4, 31).ljust(32, b"\0")
        disc[31 * 2048:31 * 2048 + len(image)] = image
        yield name, bytes(disc)


@disguise(3, "unar, GNU cpio write it out", name="x.tar")
def tar_told_header():
    """A header that only tells more of the next member, with a file as its text."""
    for kind in b"LKxgX":
        for name, data in (("plain", EVIL.data), ("zip", ZIP)):
            body = tapes.tar_header(b"e.com", len(data), kind=bytes([kind])) + tapes.padded(data) + tapes.tar([("a.txt", b"hi\n")])
            yield f"{name}-{kind:02x}", body
            yield f"{name}-{kind:02x}-gzip", gzip.compress(body, mtime=0), {"name": "x.tgz"}


@disguise(2, "the program that restores it", name="x.ab")
def android_backup():
    yield "packed", b"ANDROID BACKUP\n5\n1\nnone\n" + zlib.compress(TAR)
    yield "plain", b"ANDROID BACKUP\n1\n0\nnone\n" + TAR
    yield "encrypted", b"ANDROID BACKUP\n5\n1\nAES-256\n0A\n0B\n10000\n0C\n0D\n" + bytes(range(256)) * 4


@disguise(3, "nix, which fetches it by itself", name="x.nar")
def nix_archive():
    def word(data):
        return struct.pack("<Q", len(data)) + data + bytes(-len(data) % 8)
    for name, data in (("plain", EVIL.data), ("zip", ZIP), ("two", b"first")):
        out = b"".join(map(word, (b"nix-archive-1", b"(", b"type", b"regular", b"contents", data)))
        yield name, out + (b"".join(map(word, (b"contents", EVIL.data))) if name == "two" else b"") + word(b")")
        yield f"{name}-zstd", packs.zstd(out + (word(b"contents") + word(EVIL.data) if name == "two" else b"") + word(b")"))


@disguise(3, "7-Zip, Windows' expand", name="x.ex_")
def packed_for_setup():
    def literals(data):
        return b"".join(b"\xff" + data[i:i + 8] for i in range(0, len(data), 8))
    for name, data in (("plain", EVIL.data), ("zip", ZIP), ("long", ZIP + bytes(9000))):
        yield name, b"SZDD\x88\xf0\x27\x33Am" + struct.pack("<I", len(data)) + literals(data)
    copied = EVIL.data[:60] + EVIL.data[60:]
    yield "with-copies", b"SZDD\x88\xf0\x27\x33Am" + struct.pack("<I", 68) + literals(copied[:64]) + b"\x0f" + copied[64:]
    yield "kwaj", b"KWAJ\x88\xf0\x27\xd1" + struct.pack("<HHH", 0, 14, 0) + EVIL.data
    yield "basic", b"SZ \x88\xf0\x27\x33\xd1" + struct.pack("<I", 68) + literals(EVIL.data)


@disguise(2, "Linux, macOS, Windows mount it; what no reader opened is said", name="x.img")
def volume():
    marks = {"btrfs": (65600, b"_BHRfS_M"), "f2fs": (1024, b"\x10\x20\xf5\xf2"), "erofs": (1024, b"\xe2\xe1\xf5\xe0"), "hfsplus": (1024, b"H+\0\4"),
             "hfsx": (1024, b"HX\0\5"), "romfs": (0, b"-rom1fs-"), "ubi": (0, b"UBI#\1\0\0\0"), "ubifs": (0, b"\x31\x18\x10\x06"),
             "jffs2": (0, b"\x85\x19\x03\x20"), "bitlocker": (0, b"\xeb\x58\x90-FVE-FS-"), "lvm": (512, b"LABELONE"), "gpt": (512, b"EFI PART"),
             "jfs": (32768, b"JFS1\1\0\0\0"), "reiserfs": (65588, b"ReIsEr2Fs"), "payload-bin": (0, b"CrAU" + struct.pack(">Q", 2)),
             "android-sparse": (0, b"\x3a\xff\x26\xed\1\0\0\0"), "wim-pipe": (0, b"WLPWM\0\0\0"), "ffu": (0, b"\x20\0\0\0SignedImage "),
             "hfs": (1024, b"BD" + bytes(16) + struct.pack(">HI", 100, 4096) + bytes(12) + b"\4Disk")}
    for name, (offset, mark) in marks.items():
        yield name, bytes(offset) + mark + bytes(4096)


@disguise(2, "dar, PowerISO, The Unarchiver: no reader here opens them", name="x.bin")
def archive_of_rare_programs():
    label = bytes.fromhex("9511086b000000001613")
    for last in b"TNE":
        for more in b"NST":
            yield f"dar-{last:c}{more:c}", struct.pack(">I", 123) + label + bytes([last, more]) + b"\x80\0\0\0\1\0\3\x80\0\0\0\x0a" + EVIL.data
    yield "packit", b"PMag\x09eicar.com".ljust(98, b"\0") + EVIL.data
    yield "packit-4", b"PMa4\x09eicar.com".ljust(98, b"\0") + EVIL.data
    yield "daa", b"DAA\0\0\0\0\0" + bytes(100) + EVIL.data
    yield "ciso", b"CISO\x18\0\0\0" + struct.pack("<QIBB", 100000, 2048, 1, 0) + bytes(90) + EVIL.data
    yield "aff", b"AFF10\r\n\0" + bytes(100) + EVIL.data
    yield "dms", b"DMS!\0\0\0\0" + bytes(100) + EVIL.data


@disguise(3, "xz, unlzma, busybox, 7-Zip, unar", name="x.lzma")
def lzma_with_more_behind():
    for name, data in (("plain", EVIL.data), ("tar", TAR), ("zip", ZIP)):
        whole = lzma.compress(data, lzma.FORMAT_ALONE)
        sized = whole[:5] + struct.pack("<Q", len(data)) + whole[13:]
        for tail, more in (("line-end", b"\n"), ("zeros", bytes(600)), ("end-record", b"PK\5\6" + bytes(18)), ("text", b"<html></html>")):
            yield f"{name}-{tail}", whole + more
            yield f"{name}-sized-{tail}", sized + more


@disguise(3, "the program that reads the text, up to there or without them", kind="text/plain", name="x.txt")
def text_with_bytes_of_none():
    """A few bytes that are no text, in its first bytes or at its end, make all of it none."""
    text = base64.encodebytes(ZIP)
    line = b"ATTACH;ENCODING=BASE64;VALUE=BINARY:" + text.replace(b"\n", b"\r\n ")
    uu = b"".join(binascii.b2a_uu(EVIL.data[i:i + 45]) for i in range(0, len(EVIL.data), 45))
    for name, odd in (("zero", b"\0"), ("zeros", bytes(18)), ("end-record", b"PK\5\6" + bytes(18)), ("controls", b"\1\2\3\4\0")):
        yield f"{name}-script", b"#!/bin/sh\nbase64 -d <<EOF >x.zip\n" + text + b"EOF\nexit\n" + odd
        yield f"{name}-comment", b"#!/bin/sh\n#" + odd + b"\nbase64 -d <<EOF >x.zip\n" + text + b"EOF\n"
        yield f"{name}-uuencode", b"see\nbegin 644 e.com\n" + uu + b"`\nend\n" + odd
        yield f"{name}-style", b"p{background:url(data:x;base64," + base64.b64encode(ZIP) + b")}/*" + odd + b"*/", {"kind": "text/css", "name": "x.css"}
        yield f"{name}-calendar", b"BEGIN:VCALENDAR\r\nX-A:" + odd + b"\r\nBEGIN:VEVENT\r\n" + line + b"\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n", \
            {"kind": "text/calendar", "name": "x.ics"}
        yield f"{name}-shift-jis", "# \u8acb\u6c42\u66f8\n".encode("shift_jis") * 9 + odd + b"\nbase64 -d <<EOF >x.zip\n" + text + b"EOF\n"


@disguise(4, "Word", kind="application/rtf", name="x.rtf")
def rtf_with_the_mark_of_tar():
    package = b"0105000002000000080000005061636b616765000000000000000000" + struct.pack("<I", len(ZIP)).hex().encode() + ZIP.hex().encode()
    for name, mark in (("short", b"ustar"), ("posix", b"ustar\x0000"), ("gnu", b"ustar  \0")):
        yield name, b"{\\rtf1 ".ljust(257, b"x") + mark + b"{\\object\\objemb{\\*\\objdata " + package + b"}}}"


@disguise(4, "Firefox (pdf.js), poppler", kind="application/pdf", name="x.pdf")
def pdf_without_header_in_front_of_zip():
    body = pdf(EVIL.data.hex().encode() + b">", b"/Filter/ASCIIHexDecode")
    body = body[body.index(b"\n") + 1:]
    yield "end-record", body + b"PK\5\6" + bytes(18)
    yield "whole", body + zip_of(File("a.txt", b"hello"), DEFLATE)


@disguise(3, "LibreOffice", kind="text/xml", name="x.fodt")
def flat_odf_spaced():
    """White space within the base64, so that no long run of it is left."""
    text = base64.b64encode(ZIP).decode()
    head = '<?xml version="1.0"?><office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"><office:binary-data>'
    for step in (1, 2, 15, 24):
        for name, blank in (("blanks", " "), ("tabs", "\t"), ("lines", "\n  ")):
            yield f"{name}-{step}", (head + blank.join(text[i:i + step] for i in range(0, len(text), step)) + "</office:binary-data></office:document>").encode()


@disguise(2, "mysql, sqlcmd", kind="application/sql", name="x.sql")
def hexadecimal_with_its_mark():
    yield "lower", b"INSERT INTO t VALUES (1,0x" + ZIP.hex().encode() + b");\n"
    yield "upper", b"INSERT INTO t VALUES (1,0X" + ZIP.hex().upper().encode() + b");\n"
    yield "json", b'{"data":"0x' + ZIP.hex().encode() + b'"}', {"kind": "application/json", "name": "x.json"}
