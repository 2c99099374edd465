# SPDX-License-Identifier: GPL-2.0-or-later
"""Harmless content: text, noise, small documents and libraries."""

import random

from bypass.formats.zips import DEFLATE, STORED, Entry, write

WORDS = b"the report of this year says that sales and costs are as they were in the last one".split()


def text(size, seed=1):
    r = random.Random(seed)
    out = b""
    while len(out) < size:
        out += b" ".join(r.choices(WORDS, k=11)) + b"\n"
    return out[:size]


def noise(size, seed=1):
    return b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0" + random.Random(seed).randbytes(size - 20)


def office(odf=False, pictures=0):
    if odf:
        return write([Entry("mimetype", b"application/vnd.oasis.opendocument.text", STORED),
                      Entry("content.xml", b"<office:document-content/>" + text(3000), DEFLATE),
                      Entry("Pictures/1.jpg", noise(3000), STORED)])
    return write([Entry("[Content_Types].xml", b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/'
                        b'package/2006/content-types"/>', DEFLATE),
                  Entry("word/document.xml", b"<w:document>" + text(6000) + b"</w:document>", DEFLATE)] +
                 [Entry(f"word/media/{i}.jpg", noise(20000, i), STORED) for i in range(pictures)])


def jar(seed=1):
    return write([Entry("META-INF/MANIFEST.MF", b"Manifest-Version: 1.0\r\n\r\n", DEFLATE)] +
                 [Entry(f"org/example/A{i}.class", b"\xca\xfe\xba\xbe\0\0\0\x34" + text(900, seed + i), DEFLATE)
                  for i in range(20)])


def small_pdf():
    return b"%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n2 0 obj\n<</Type/Pages/Kids[]/Count 0>>\n" \
        b"endobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n"
