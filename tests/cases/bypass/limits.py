# SPDX-License-Identifier: GPL-2.0-or-later
"""Bombs and ceilings. SETTINGS are small, so that reaching each of them is cheap."""

import base64
import bz2
import functools
import gzip
import lzma
import zlib

from bypass.formats import packs, pdf
from bypass.formats.mime import attachment, mail_with, multipart, part
from bypass.formats.tapes import padded, tar, tar_header
from bypass.formats.zips import Entry, deflate, end_record, write, zip_of
from bypass.wrapping import CLEAN, add, infected, infected_or, unscannable, wrapping

MIB = 1 << 20
SETTINGS = {
    "MaxScanSize": "24M",
    "MaxFileSize": "8M",
    "MaxFiles": "200",
    "MaxRecursion": "10",
    "MaxEncodings": "3",
    "MaxRatio": "200",
    "JsonBase64": "on",
    # On a busy machine, too, it is the size that ends a bomb.
    "MaxScanTime": "3600",
    "MaxScanCpu": "3600",
}
BODY_CEILING = 12 * MIB  # the service's own, for a whole body

SIZE = unscannable("max-file-size", "max-scan-size", "max-ratio", "max-body-size")
FILES = unscannable("max-files")
DEEP = unscannable("max-recursion")


@functools.lru_cache(maxsize=None)
def zeros(count):
    return bytes(count)


def bomb(name, make, opens="every client, until memory or disk is full", expect=SIZE, **more):
    add(make, "limit-" + name, opens, expect, benign=None, family="limits", **more)


for token, packer in (("gzip", lambda d: packs.gz(d)), ("deflate", zlib.compress),
                      ("br", packs.br), ("zstd", packs.zstd)):
    bomb("encoding-bomb-" + token, lambda f, p=packer: p(zeros(40 * MIB)), encoding=token)
bomb("encoding-bomb-twice", lambda f: packs.gz(packs.gz(zeros(40 * MIB))), encoding="gzip, gzip")
bomb("encoding-bomb-undeclared", lambda f: packs.gz(zeros(40 * MIB)), filename="x.gz")
bomb("zip-bomb", lambda f: write([Entry("zeros", zeros(40 * MIB), 8)]), "7-Zip, until the disk is full",
     filename="x.zip")
bomb("zip-bomb-lzma", lambda f: write([Entry("zeros", zeros(40 * MIB), 14)]), "7-Zip, until the disk is full",
     filename="x.zip")
bomb("xz-bomb", lambda f: lzma.compress(zeros(40 * MIB), preset=1), "unxz", filename="x.xz")
bomb("bz2-bomb", lambda f: bz2.compress(zeros(40 * MIB)), "bunzip2", filename="x.bz2")
bomb("zst-bomb", lambda f: packs.zstd(zeros(40 * MIB)), "unzstd", filename="x.zst")
bomb("br-bomb", lambda f: packs.br(zeros(40 * MIB)), "brotli", filename="x.br")


def many(count, size):
    return write([Entry(f"{i}", zeros(size), 8) for i in range(count)])


@functools.lru_cache(maxsize=None)
def forty_two():
    """Zips in zips: 16 of 16 of a megabyte."""
    inner = many(16, MIB)
    return write([Entry(f"{i}.zip", inner, 8) for i in range(16)])


bomb("zip-bomb-in-layers", lambda f: forty_two(), "who unpacks all layers", filename="42.zip")


def overlapping(count, size):
    """All members share one packed stream (each directory entry points at the same header)."""
    entry = Entry("x", zeros(size), 8)
    body = entry.local_bytes()
    directory = b"".join(entry.central_bytes(0) for _ in range(count))
    return body + directory + end_record(count, len(directory), len(body))


bomb("zip-bomb-overlapping", lambda f: overlapping(100, MIB), "7-Zip and unzip warn or unpack it",
     unscannable(*SIZE.reasons, "malformed", "container", "limit", "max-files", "none"), filename="x.zip")
bomb("pdf-flate-bomb", lambda f: pdf.document(type(f)("a", zeros(40 * MIB)), ["FlateDecode"]),
     "PDF readers", filename="x.pdf")
bomb("pdf-flate-twice", lambda f: pdf.document(type(f)("a", zeros(40 * MIB)), ["FlateDecode", "FlateDecode"]),
     "PDF readers", filename="x.pdf")
bomb("mail-with-zip-bomb", lambda f: mail_with(attachment(f, name=b'"x.zip"', body=base64.encodebytes(
    many(40, MIB)))), "mail programs, then 7-Zip", filename="mail")
bomb("upload-with-zip-bomb", lambda f: b"--b\r\nContent-Disposition: form-data; name=f; filename=x.zip\r\n\r\n" +
     many(40, MIB) + b"\r\n--b--\r\n", "the server", directions=("REQMOD",), kind="multipart/form-data; boundary=b")
bomb("gzip-of-200000-empty-blocks", lambda f: b"\x1f\x8b\x08\0\0\0\0\0\2\3" + b"\0\0\0\xff\xff" * 200000 +
     deflate(b"") + bytes(8), "a program that counts on it being small", CLEAN, encoding="gzip")

bomb("files-in-zip", lambda f: write([Entry(f"{i}", b"%d" % i) for i in range(500)] + [Entry(f.name, f.data)]),
     "7-Zip", infected_or("max-files"), filename="x.zip")
bomb("files-in-tar", lambda f: tar([(f"{i}", b"%d" % i) for i in range(500)] + [(f.name, f.data)]),
     "tar", infected_or("max-files"), filename="x.tar")
bomb("files-in-zip-lzma", lambda f: write([Entry(f"{i}", b"%d" % i, 14) for i in range(500)] +
                                           [Entry(f.name, f.data, 14)]), "7-Zip",
     infected_or("max-files"), filename="x.zip")
bomb("attachments-in-mail", lambda f: multipart([attachment(type(f)("a.txt", b"%d" % i)) for i in range(500)] +
                                                [attachment(f)]), "mail programs",
     infected_or("max-files"), filename="mail")
bomb("parts-in-upload", lambda f: b"".join(
    b"--b\r\nContent-Disposition: form-data; name=f%d; filename=a%d\r\n\r\n%d\r\n" % (i, i, i) for i in range(500)) +
    b"--b\r\nContent-Disposition: form-data; name=f; filename=eicar.com\r\n\r\n" + f.data + b"\r\n--b--\r\n",
    "the server", infected_or("max-files"), directions=("REQMOD",), kind="multipart/form-data; boundary=b")


def deep(file, count, wrap):
    data = file.data
    for i in range(count):
        data = wrap(data, i)
    return data


bomb("zips-in-zips", lambda f: deep(f, 30, lambda d, i: write([Entry(f"{i}.zip" if i else f.name, d)])),
     "who has the patience", infected_or(*DEEP.reasons), filename="x.zip")
bomb("gzips-in-gzips", lambda f: deep(f, 30, lambda d, i: gzip.compress(d, mtime=0)), "who has the patience",
     DEEP, filename="x.gz")
bomb("tars-in-tars", lambda f: deep(f, 30, lambda d, i: tar([(f"{i}.tar" if i else f.name, d)])),
     "who has the patience", DEEP, filename="x.tar")
bomb("zsts-in-zsts", lambda f: deep(f, 30, lambda d, i: packs.zstd(d)), "who has the patience", DEEP,
     filename="x.zst")
bomb("lzmas-in-lzmas", lambda f: deep(f, 30, lambda d, i: lzma.compress(d, lzma.FORMAT_ALONE)),
     "who has the patience", DEEP, filename="x.lzma")
bomb("mails-in-mails", lambda f: deep(type(f)("", mail_with(attachment(f))), 40, lambda d, i: mail_with(
    part(b"Content-Type: message/rfc822", d))), "mail programs", infected_or("max-recursion"), filename="mail")


def multiparts(file, count):
    inner = attachment(file)
    for i in range(count):
        inner = b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) + inner + \
            b"\r\n--b%d--\r\n" % i
    return b"From: a@example.test\r\nTo: b@example.test\r\nMIME-Version: 1.0\r\n" + inner


bomb("multiparts-in-multiparts", lambda f: multiparts(f, 60), "mail programs", infected_or("max-recursion"),
     filename="mail")


@wrapping("tar, 7-Zip: the first file is larger than is scanned", infected_or("max-file-size", "max-scan-size"),
          benign=unscannable("max-file-size", "max-scan-size"), filename="x.tar.gz")
def limit_file_behind_a_large_one(file):
    large = tar_header(b"large.bin", 9 * MIB) + padded(zeros(9 * MIB))
    return packs.gz(large + tar([(file.name, file.data)]))


@wrapping("7-Zip: the first file is larger than is scanned", infected_or("max-file-size", "max-scan-size"),
          benign=unscannable("max-file-size", "max-scan-size"), filename="x.zip")
def limit_zip_member_behind_a_large_one(file):
    return write([Entry("large.bin", zeros(9 * MIB), 8), Entry(file.name, file.data, 8)])


@wrapping("every client: the file starts as EICAR and is larger than is scanned",
          infected_or("max-file-size", "max-scan-size", "max-body-size"),
          benign=unscannable("max-file-size", "max-scan-size", "max-body-size"))
def limit_padded_file(file):
    return file.data + b" " * (9 * MIB)


@wrapping("every client: over what the service takes at all", SIZE, declared="68")
def limit_body_over_the_ceiling(file):
    return file.data[:10] + zeros(BODY_CEILING + MIB)


@wrapping("every client: a large harmless file under all limits", CLEAN, filename="x.bin")
def limit_large_but_allowed(_file):
    return bytes(range(256)) * (6 * MIB // 256)


@wrapping("7-Zip: ten times a tenth of the limit", CLEAN, filename="x.zip")
def limit_zip_just_allowed(_file):
    return many(10, MIB)


@wrapping("7-Zip: nested as deep as is allowed", infected(), filename="x.zip")
def limit_nesting_just_allowed(file):
    return deep(file, 5, lambda d, i: write([Entry(f"{i}.zip" if i else file.name, d, 8)]))


@wrapping("7-Zip", infected(), filename="x.zip")
def limit_highly_packed_but_small(file):
    return write([Entry("zeros", zeros(5 * MIB), 8), Entry(file.name, zip_of(file, 8), 8)])
