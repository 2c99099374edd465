# SPDX-License-Identifier: GPL-2.0-or-later
"""A PDF with one attached file, every piece of whose stream object can be written otherwise."""

import zlib

from bypass.wrapping import EVIL

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
DATA = zlib.compress(EVIL.data, 9)
FLATE = b"/Filter/FlateDecode"


def pdf(data=DATA, coding=FLATE, *, more=b"", type_=b"/Type/EmbeddedFile", length=None, stream=b"stream\n",
        end=b"\nendstream", head=b"6 0 obj\n", foot=b"\nendobj\n", header=HEADER, dictionary=None, name=b"eicar.com",
        extra=b"", prefix=b"", tail=b"", root=b"", trailer=b""):
    """dictionary: the whole of the stream's, else type_, Length, more and coding make it."""
    if dictionary is None:
        dictionary = b"<<" + type_ + b"/Length %s" % (b"%d" % len(data) if length is None else length) + more + \
            coding + b">>"
    out = prefix + header
    offsets = []
    plain = (b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles 4 0 R>>" + root + b">>",
             b"<</Type/Pages/Kids[3 0 R]/Count 1>>", b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
             b"<</Names[(" + name + b") 5 0 R]>>", b"<</Type/Filespec/F(" + name + b")/EF<</F 6 0 R>>>>")
    for number, content in enumerate(plain, 1):
        offsets.append(len(out) - len(prefix))
        out += b"%d 0 obj\n" % number + content + b"\nendobj\n"
    offsets.append(len(out) - len(prefix))
    out += head + dictionary + stream + data + end + foot + extra
    at = len(out) - len(prefix)
    out += b"xref\n0 7\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % o for o in offsets)
    return out + b"trailer\n<</Size 7/Root 1 0 R" + trailer + b">>\nstartxref\n%d\n%%%%EOF\n" % at + tail
