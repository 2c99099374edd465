# SPDX-License-Identifier: GPL-2.0-or-later
"""Harmless things that look odd and must come out clean: nobody browses with a scanner that blocks them."""

import gzip
import json
import struct
import zlib

from bypass.formats import packs
from bypass.formats.mime import HEAD, TEXT, armor, attachment, mail_with, multipart
from bypass.formats.rar import noise
from bypass.formats.zips import Entry, write
from bypass.wrapping import CLEAN, File, add

PAGE = b"<!DOCTYPE html><html><head><title>x</title></head><body><p>hello</p></body></html>\n" * 20


def png(width=8, height=8):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = b"".join(b"\0" + bytes(3 * width) for _ in range(height))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + \
        chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def bmp():
    return struct.pack("<2sIHHI", b"BM", 54 + 48, 0, 0, 54) + \
        struct.pack("<IiiHHIIiiII", 40, 4, 4, 1, 24, 0, 48, 0, 0, 0, 0) + bytes(range(48))


def mp4():
    head = struct.pack(">I4s4sI4s4s", 24, b"ftyp", b"isom", 512, b"isom", b"mp42")
    return head + struct.pack(">I4s", 8 + 60000, b"mdat") + noise(60000)


def pgp_key():
    return armor(b"PUBLIC KEY BLOCK", b"\x99\x01\x0d\x04" + noise(200))


def control(name, make, opens="every client", **http):
    add(lambda _file: make(), "clean-" + name, opens, CLEAN, benign=None, family="controls", **http)


control("page", lambda: PAGE, kind="text/html")
control("page-gzip", lambda: packs.gz(PAGE), kind="text/html", encoding="gzip")
control("page-br", lambda: packs.br(PAGE), kind="text/html", encoding="br")
control("page-zstd", lambda: packs.zstd(PAGE), kind="text/html", encoding="zstd")
control("page-deflate", lambda: zlib.compress(PAGE), kind="text/html", encoding="deflate")
control("page-raw-deflate", lambda: packs.raw_deflate(PAGE), kind="text/html", encoding="deflate")
control("plain-under-identity", lambda: PAGE, kind="text/html", encoding="identity")
control("empty", lambda: b"")
control("one-byte", lambda: b"x")
control("png", png, kind="image/png", filename="x.png")
control("bmp", bmp, kind="image/bmp", filename="x.bmp")
control("video", mp4, kind="video/mp4", filename="x.mp4")
control("noise", lambda: noise(20000))
control("script", lambda: b"'use strict';\nfunction f(a) { return a + 1; }\n" * 50, kind="text/javascript")
control("style-with-data-uri", lambda: b"a{background:url(data:image/gif;base64,R0lGODlhAQABAAAAACw=)}",
        kind="text/css")
control("json", lambda: json.dumps({"a": [1, 2, {"b": "text"}], "c": "A" * 500}).encode(),
        kind="application/json")
control("form", lambda: b"a=1&b=%E3%81%82&c=" + b"x" * 300, directions=("REQMOD",),
        kind="application/x-www-form-urlencoded")
control("upload", lambda: b"--b\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--b\r\nContent-Disposition: "
        b"form-data; name=f; filename=x.png\r\nContent-Type: image/png\r\n\r\n" + png() + b"\r\n--b--\r\n",
        directions=("REQMOD",), kind="multipart/form-data; boundary=b")
control("mail", lambda: multipart([TEXT]), filename="mail")
control("mail-of-one-line", lambda: HEAD + b"\r\nhello\r\n", filename="mail")
control("mail-with-begin-in-text", lambda: HEAD + b"\r\nLet us begin 644 times with\r\nbegin 7 minutes late\r\n",
        filename="mail")
control("mail-with-pgp-key", lambda: HEAD + b"\r\n" + pgp_key(), filename="mail")
control("mail-with-zip", lambda: mail_with(attachment(File("x.zip", write([Entry("a.txt", b"text\n", 8)])))),
        filename="mail")
control("tar-gz", lambda: gzip.compress(b"".join(b"line %d\n" % i for i in range(999)), mtime=0), filename="x.gz")
control("text-that-mentions-zip", lambda: b"The magic PK\3\4 begins a member, PK\5\6 ends the archive.\n" * 3,
        kind="text/plain")
control("text-that-mentions-rar", lambda: b"Rar! is how such a file begins; 7z\xbc\xaf is another; MSCF too.\n" * 3,
        kind="text/plain")
control("certificate-request", lambda: b"-----BEGIN CERTIFICATE-----\n" + packs.uu_base64(noise(300), "x")[21:] +
        b"-----END CERTIFICATE-----\n", kind="application/x-x509-ca-cert")
control("grpc", lambda: b"\0\0\0\0\x05hello", kind="application/grpc")
control("event-stream", lambda: b"data: hello\n\ndata: world\n\n", kind="text/event-stream")
control("font", lambda: b"wOF2\0\1\0\0" + noise(4000), kind="font/woff2")
control("windows-update-delta", lambda: b"PA30" + noise(4000), kind="application/octet-stream")
