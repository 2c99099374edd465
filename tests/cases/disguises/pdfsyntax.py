# SPDX-License-Identifier: GPL-2.0-or-later
"""PDF: how objects, dictionaries and streams may be written, and decoys in them."""

import zlib

from bypass.formats.pdf import FILTERS
from disguises.case import EVIL, PDF, disguise
from disguises.pdfbody import DATA, FLATE, pdf

READERS = "poppler, pdf.js, mupdf"
HEX = b"/Filter/ASCIIHexDecode"


@disguise(4, READERS, **PDF)
def pdf_decoy():
    """Words in a string, a name, a comment or an inner dictionary that a search for words takes for real."""
    words = {"stream": b"stream", "stream-line": b"stream\n", "endstream": b"endstream", "endobj": b"endobj",
             "stream-endstream": b"stream\nabc\nendstream", "filter": b"/Filter/ASCIIHexDecode",
             "length": b"/Length 0", "image": b"/Subtype/Image", "xref": b"/Type/XRef", "closing": b">>",
             "closing-stream": b">>stream\n", "obj": b"9 0 obj"}
    for name, word in words.items():
        yield f"string-{name}", pdf(more=b"/X(" + word + b")")
        yield f"nested-string-{name}", pdf(more=b"/X((" + word + b"))")
        yield f"escaped-string-{name}", pdf(more=b"/X(\\)" + word + b")")
        yield f"comment-{name}", pdf(more=b"%" + word.replace(b"\n", b" ") + b"\n")
        yield f"hexstring-{name}", pdf(more=b"/X<" + word.hex().encode() + b">")
        if not word.startswith((b">", b"9")) and b"\n" not in word:
            yield f"inner-{name}", pdf(more=b"/X<<" + (word if word[:1] == b"/" else b"/" + word + b" 1") +
                                       (b"/Y 1>>" if b"/Filter" not in word else b">>"))
            yield f"name-{name}", pdf(more=b"/Y/X" + word.replace(b"/", b"#2f").replace(b" ", b"#20"))
    yield "name-stream-pair", pdf(more=b"/Xstream/endstream")
    yield "name-pair-with-slash", pdf(more=b"/stream/endstream")
    yield "name-Filters", pdf(more=b"/Filters/ASCIIHexDecode")
    yield "comment-filter-crlf", pdf(more=b"%/Filter/ASCIIHexDecode\r\n")
    yield "comment-filter-cr", pdf(more=b"%/Filter/ASCIIHexDecode\r")
    yield "string-cut-by-line", pdf(more=b"/X(a\\\n/Filter/ASCIIHexDecode)")
    yield "string-octal", pdf(more=b"/X(\\050\\051/Length 1)")
    yield "array-of-strings", pdf(more=b"/X[(>>)(stream)(endstream)]")
    yield "array-of-dictionaries", pdf(more=b"/X[<</Filter/ASCIIHexDecode>><</Length 0>>]")
    yield "comment-behind-dictionary", pdf(stream=b"%x\nstream\n")
    yield "comment-endobj-before-stream", pdf(stream=b"%endobj\nstream\n")


@disguise(4, READERS, **PDF)
def pdf_type():
    """The type that the dictionary names does not matter: the attachment points to it."""
    for name, kind in (("image", b"/Type/XObject/Subtype/Image/Width 1/Height 1"), ("subtype-image", b"/Subtype/Image"),
                       ("xref", b"/Type/XRef"), ("objstm", b"/Type/ObjStm"), ("metadata", b"/Type/Metadata/Subtype/XML"),
                       ("font", b"/Type/Font/Subtype/Type1C"), ("form", b"/Type/XObject/Subtype/Form"), ("none", b""),
                       ("image-in-hex", b"/Subtype/#49mage"), ("icc", b"/N 3/Alternate/DeviceRGB"),
                       ("image-with-type", b"/Type/EmbeddedFile/Subtype/Image"), ("pattern", b"/Type/Pattern"),
                       ("3d", b"/Type/3D/Subtype/U3D"), ("font-file", b"/Length1 68/Length2 0/Length3 0")):
        yield name, pdf(type_=kind)
        yield f"{name}-behind", pdf(more=kind, type_=b"")
        yield f"{name}-hex-lines", pdf(EVIL.data.hex().encode()[:70] + b"\n" + EVIL.data.hex().encode()[70:] + b">", HEX,
                                       type_=kind)


@disguise(4, READERS, **PDF)
def pdf_length():
    for name, length in (("zero", b"0"), ("too-large", b"99999"), ("too-small", b"5"), ("negative", b"-1"), ("plus", b"+76"),
                         ("real", b"76.0"), ("huge", b"99999999999999999999"), ("zeros", b"00000000076"), ("name", b"/x"),
                         ("string", b"(76)"), ("null", b"null"), ("missing-reference", b"99 0 R")):
        yield name, pdf(length=length)
        yield f"{name}-stored", pdf(EVIL.data, b"", length=length)
    yield "by-reference", pdf(length=b"8 0 R", extra=b"8 0 obj\n%d\nendobj\n" % len(DATA))
    yield "by-reference-lies", pdf(length=b"8 0 R", extra=b"8 0 obj\n3\nendobj\n")
    yield "missing", pdf(dictionary=b"<</Type/EmbeddedFile/Filter/FlateDecode>>")
    yield "twice", pdf(more=b"/Length 3")


@disguise(4, READERS, **PDF)
def pdf_stream_marks():
    for name, mark in (("crlf", b"stream\r\n"), ("cr", b"stream\r"), ("blank-lf", b"stream \n"), ("blanks-crlf", b"stream  \r\n"),
                       ("line-before", b"\nstream\n"), ("crlf-before", b"\r\nstream\r\n"), ("blanks-before", b"   stream\n"),
                       ("nul-before", b"\0stream\n"), ("tab-before", b"\tstream\n"), ("formfeed-before", b"\x0cstream\n"),
                       ("many-lines-before", b"\n" * 50 + b"stream\n"), ("comment-before", b"%hello\nstream\n"),
                       ("comment-between", b"\n% stream \n stream\n")):
        yield name, pdf(stream=mark)
    for name, end in (("glued", b"endstream"), ("crlf", b"\r\nendstream"), ("blank", b" endstream"), ("missing", b""),
                      ("endobj-glued", b"\nendstreamendobj"), ("split-mark", b"\nends\ntream"), ("upper", b"\nENDSTREAM"),
                      ("twice", b"\nendstream\nendstream"), ("comment", b"\nendstream%x"), ("cr", b"\rendstream")):
        yield f"end-{name}", pdf(end=end)
        yield f"end-{name}-stored", pdf(EVIL.data, b"", end=end)
        yield f"end-{name}-no-length", pdf(end=end, length=b"0")
    for name, foot in (("missing", b"\n"), ("glued", b"endobj"), ("comment", b"\n%endobj\nendobj\n"), ("next-object", b"\n8 0 obj\n1\n")):
        yield f"foot-{name}", pdf(foot=foot)


@disguise(4, READERS, **PDF)
def pdf_object_head():
    for name, head in (("newlines", b"6\n0\nobj\n"), ("blanks", b"6   0   obj "), ("no-line", b"6 0 obj"), ("zeros", b"00006 00000 obj\n"),
                       ("comment", b"6 %x\n0 obj\n"), ("comment-inside", b"6 0 %obj\nobj\n"), ("tabs", b"6\t0\tobj\t"),
                       ("formfeed", b"6\x0c0\x0cobj\n"), ("nul", b"6\0000\0obj\n"), ("glued-to-endobj", b"6 0 obj")):
        yield name, pdf(head=head)
    yield "in-a-line", pdf(head=b"\r6 0 obj\r")
    yield "comment-before-dictionary", pdf(head=b"6 0 obj %<</Length 3>>\n")


@disguise(4, READERS, **PDF)
def pdf_filter_spelling():
    for name, coding in (("blanks", b"/Filter  /FlateDecode"), ("line", b"/Filter\n/FlateDecode"), ("array-lines", b"/Filter[\n/FlateDecode\n]"),
                         ("comment", b"/Filter%x\n/FlateDecode"), ("comment-in-array", b"/Filter[%x\n/FlateDecode%y\n]"),
                         ("tab", b"/Filter\t/FlateDecode"), ("nul", b"/Filter\0/FlateDecode"), ("hex-all", b"/#46#69#6c#74#65#72/#46#6c"),
                         ("hex-lower", b"/Filter/Flate#44ecode"), ("twice-last", b"/Filter/ASCIIHexDecode/Filter/FlateDecode"),
                         ("twice-first", b"/Filter/FlateDecode/Filter/ASCIIHexDecode"), ("crypt-identity", b"/Filter[/Crypt/FlateDecode]"),
                         ("empty-array-inside", b"/Filter[/FlateDecode]/X[]"), ("glued-to-length", b"/Filter/FlateDecode/Z 1")):
        yield name, pdf(coding=coding)
    yield "reference", pdf(coding=b"/Filter 8 0 R", extra=b"8 0 obj\n/FlateDecode\nendobj\n")
    yield "reference-to-array", pdf(coding=b"/Filter 8 0 R", extra=b"8 0 obj\n[/FlateDecode]\nendobj\n")
    yield "array-of-reference", pdf(coding=b"/Filter[8 0 R]", extra=b"8 0 obj\n/FlateDecode\nendobj\n")
    yield "after-long-dictionary", pdf(more=b"/X(" + b"y" * 3000 + b")")
    yield "after-20k-dictionary", pdf(more=b"/X(" + b"y" * 20000 + b")")
    yield "after-many-keys", pdf(more=b"".join(b"/K%d %d" % (i, i) for i in range(900)))
    yield "before-length", pdf(dictionary=b"<<" + FLATE + b"/Length %d>>" % len(DATA))
    five = EVIL.data
    for coder in ("FlateDecode", "ASCIIHexDecode", "ASCII85Decode", "RunLengthDecode", "FlateDecode"):
        five = FILTERS[coder](five)
    yield "chain-of-five", pdf(five, b"/Filter[/FlateDecode/RunLengthDecode/ASCII85Decode/ASCIIHexDecode/FlateDecode]")
    deep = EVIL.data
    for _ in range(12):
        deep = zlib.compress(deep)
    yield "chain-of-twelve", pdf(deep, b"/Filter[" + b"/FlateDecode" * 12 + b"]"), {"rank": 2}


@disguise(3, READERS, **PDF)
def pdf_structure():
    yield "no-trailer", pdf().partition(b"xref\n0 7")[0]
    yield "cut-in-cross-reference", pdf()[:-60]
    yield "wrong-offsets", pdf().replace(b"0000000015", b"0000009999")
    yield "line-ends-cr", pdf(EVIL.data.hex().encode() + b">", HEX).replace(b"\n", b"\r")
    yield "line-ends-crlf", pdf(EVIL.data.hex().encode() + b">", HEX).replace(b"\n", b"\r\n")
    yield "second-revision", pdf() + b"1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\nxref\n0 0\ntrailer\n<</Size 7/Root 1 0 R>>\n%%EOF\n"
    yield "first-is-empty", b"%PDF-1.4\n%%EOF\n" + pdf()
    yield "trailing-text", pdf(tail=b"x" * 3000)
    yield "object-in-comment-line", pdf(extra=b"%9 0 obj\n")
    yield "generation-65535", pdf(head=b"6 65535 obj\n"), {"rank": 2}
    yield "external-file", pdf(more=b"/F(other.bin)"), {"rank": 1}
