# SPDX-License-Identifier: GPL-2.0-or-later
"""PDF in spellings that one viewer or another reads: object 6 is an embedded file.

Who opens each was tried with poppler (pdfdetach), mupdf (mutool show) and qpdf.
"""

import base64
import zlib

from bypass.formats import pdf
from bypass.wrapping import add, infected, unscannable

PDF = {"kind": "application/pdf", "filename": "invoice.pdf"}
VIEWERS = "poppler, mupdf or qpdf"
FLATE = b"/Filter/FlateDecode"
UP = b"/DecodeParms<</Predictor 12/Columns 4>>"
HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


def document(stream, *, extra=(), header=HEADER, end=b"\nendobj\n", sixth=b"6 0 obj\n"):
    """A page and an attachment, whose object is `stream` as it is."""
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R/Names<</EmbeddedFiles 4 0 R>>>>",
        2: b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        3: b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>>",
        4: b"<</Names[(eicar.com) 5 0 R]>>",
        5: b"<</Type/Filespec/F(eicar.com)/EF<</F 6 0 R>>>>",
        6: stream,
    }
    objects.update(extra)
    out, places = header, {}
    for number, content in objects.items():
        places[number] = len(out)
        out += (sixth if number == 6 else b"%d 0 obj\n" % number) + content + end
    table, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    out += b"".join(b"%010d 00000 n \n" % places[n] if n in places else b"0000000000 00000 f \n"
                    for n in range(1, size))
    return out + b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (size, table)


def stream(keys, data, *, tail=b"\nendstream", word=b">>stream\n", length=None):
    length = b"/Length %d" % len(data) if length is None else length
    return b"<</Type/EmbeddedFile" + length + keys + word + data + tail


def digits(data, between=b"", every=1):
    text = data.hex().encode()
    return between.join(text[i:i + 2 * every] for i in range(0, len(text), 2 * every)) + b">"


def raw_deflate(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def times(data, count):
    for _ in range(count):
        data = zlib.compress(data)
    return data


# Keys of the dictionary and what the filters make of the file.
FILTERED = {
    "hex-tab-between-digits": (b"/Filter/AHx", lambda d: digits(d, b"\t")),
    "hex-form-feed-and-nul": (b"/Filter/ASCIIHexDecode", lambda d: digits(d, b"\f\0", 4)),
    "hex-without-end": (b"/Filter[/ASCIIHexDecode]", lambda d: digits(d)[:-1]),
    "hex-letters-between": (b"/Filter/ASCIIHexDecode", lambda d: digits(d, b"xyz", 10)),
    "hex-of-ascii85-of-flate": (b"/Filter[/AHx/A85/Fl]",
                                lambda d: digits(base64.a85encode(zlib.compress(d)) + b"~>")),
    "ascii85-begin-mark": (b"/Filter/ASCII85Decode", lambda d: b"<~" + base64.a85encode(d) + b"~>"),
    "ascii85-end-mark-split": (b"/Filter/ASCII85Decode", lambda d: base64.a85encode(d) + b"~\n>"),
    "run-length-without-end": (b"/Filter/RL", lambda d: pdf._runlength(d)[:-1]),
    "flate-without-header": (FLATE, raw_deflate),
    "flate-wrong-checksum": (FLATE, lambda d: zlib.compress(d)[:-4] + bytes(4)),
    "ten-filters": (b"/Filter[" + b"/Fl" * 10 + b"]", lambda d: times(d, 10)),
    "lzw-predictor": (b"/Filter/LZWDecode/DecodeParms<</Predictor 12/Columns 4/EarlyChange 1>>",
                      lambda d: pdf._lzw(pdf.png_up(d))),
    "predictor-of-second-filter": (b"/Filter[/AHx/Fl]/DecodeParms[null<</Predictor 12/Columns 4>>]",
                                   lambda d: digits(zlib.compress(pdf.png_up(d)))),
    "predictor-in-short": (FLATE + b"/DP<</Predictor 12/Columns 4>>",
                           lambda d: zlib.compress(pdf.png_up(d))),
    "unknown-filter-first": (b"/Filter[/Foo/FlateDecode]", zlib.compress),
}
for name, (keys, pack) in FILTERED.items():
    add(lambda file, keys=keys, pack=pack: document(stream(keys, pack(file.data))), "pdf-" + name,
        VIEWERS, infected(), family="pdfs", **PDF)

# Keys in front of, or around, a plain filter.
KEYS = {
    "decoy-in-dictionary": b"/X<</Filter/ASCIIHexDecode>>" + FLATE,
    "decoy-in-array": b"/X[/Filter/LZWDecode]" + FLATE,
    "decoy-behind-escaped-bracket": b"/X(a\\)/Filter/LZWDecode)" + FLATE,
    "decoy-in-nested-brackets": b"/X(a(>>stream\n)endobj)" + FLATE,
    "decoy-comment-endobj": b"%endobj endstream\n" + FLATE,
    "decoy-comment-stream": b"%>>stream\n" + FLATE,
    "decoy-in-digits": b"/X<656e646f626a>/Y(>>)" + FLATE,
    "of-subtype-image": b"/Subtype/Image/Width 1/Height 1" + FLATE,
    "of-type-form": b"/Type/XObject/Subtype/Form" + FLATE,
    "names-with-escapes": b"/F#69lter/Fl#61teDecode",
    "no-key-between": b" 7 true " + FLATE,
    "reference-as-a-value": b"/X 2 0 R" + FLATE,
    "filter-given-twice": b"/Filter/ASCIIHexDecode" + FLATE,
    "filter-given-twice-first-counts": FLATE + b"/Filter/ASCIIHexDecode",
    "filter-nowhere": b"/Filter 99 0 R",
    "parameters-of-nulls": FLATE + b"/DecodeParms[null null]",
    "identity": b"/Filter[/Crypt/FlateDecode]/DecodeParms[<</Name/Identity>>null]",
}
for name, keys in KEYS.items():
    add(lambda file, keys=keys: document(stream(keys, zlib.compress(file.data))), "pdf-keys-" + name,
        VIEWERS, infected(), benign=None if "#" in keys.decode() else "twin", family="pdfs", **PDF)

# What stands around the dictionary and the bytes.
AROUND = {
    "length-nowhere": {"length": b"/Length 99 0 R"},
    "length-huge": {"length": b"/Length 99999999999999"},
    "length-in-digits": {"length": b"/Length<35>"},
    "length-twice": {"length": b"/Length 3/Length 4"},
    "length-missing": {"length": b""},
    "endstream-split": {"tail": b"\nendst\nream"},
    "endstream-missing": {"tail": b""},
    "endstream-upper-case": {"tail": b"\nENDSTREAM"},
    "word-behind-comment": {"word": b">>%x\nstream\n"},
    "word-behind-returns": {"word": b">>\r\rstream\r\n"},
    "word-and-blanks": {"word": b">>\tstream \t\n"},
    "word-and-more": {"word": b">>stream more\n"},
}
for name, how in AROUND.items():
    add(lambda file, how=how: document(stream(FLATE, zlib.compress(file.data), **how)),
        "pdf-" + name, VIEWERS, infected(), family="pdfs", **PDF)

OBJECTS = {
    "header-behind-2000-nuls": {"header": bytes(2000) + b"%PDF-1.4\n"},
    "header-of-postscript": {"header": b"%!PS-Adobe-3.0 PDF-1.4\n"},
    "header-of-html": {"header": b"<html><body>hello</body></html>\n"},
    "header-with-blank": {"header": b"%PDF 1.4\n"},
    "header-of-gif": {"header": b"GIF89a\1\0\1\0\0\0\0;\n" + b"x" * 1200 + b"\n"},
    "header-of-fdf": {"header": b"%FDF-1.2\n"},
    "object-with-comments": {"sixth": b"6 %a\n0 %b\nobj%c\n"},
    "object-generation-5": {"sixth": b"6 5 obj "},
    "endobj-glued": {"end": b"endobj"},
    "endobj-a-return": {"end": b"\r"},
}
for name, how in OBJECTS.items():
    add(lambda file, how=how: document(stream(FLATE, zlib.compress(file.data)), **how),
        "pdf-" + name, VIEWERS, infected(), family="pdfs", **PDF)

REFERRED = {
    "filter-through-arrays": (b"/Filter 7 0 R", None, {7: b"[8 0 R]", 8: b"/FlateDecode"}),
    "parameters-elsewhere": (FLATE + b"/DecodeParms 7 0 R", pdf.png_up,
                             {7: b"<</Predictor 12/Columns 4>>"}),
    "parameters-values-elsewhere": (FLATE + b"/DecodeParms[<</Predictor 7 0 R/Columns 8 0 R>>]",
                                    pdf.png_up, {7: b"15", 8: b"4"}),
}
for name, (keys, predict, extra) in REFERRED.items():
    add(lambda file, keys=keys, predict=predict, extra=extra: document(
            stream(keys, zlib.compress(predict(file.data) if predict else file.data)), extra=extra),
        "pdf-" + name, VIEWERS, infected(), family="pdfs", **PDF)

# An owner's password alone keeps nobody from reading.
for kind in ("rc4-40", "rc4-128", "aes-128", "aes-256"):
    for name, how in {
            "plain": {"filters": ()},
            "hex": {"filters": ["ASCIIHexDecode"]},
            "predictor": {"filters": ["FlateDecode"], "predict": pdf.png_up, "params": UP},
    }.items():
        add(lambda file, kind=kind, how=how: pdf.document(file, lock=pdf.Lock(kind), **how),
            f"pdf-owner-{kind}-{name}", "every reader: it opens without asking", infected(),
            family="pdfs", **PDF)
    add(lambda file, kind=kind: pdf.document(file, ["FlateDecode"], lock=pdf.Lock(kind)).replace(
            b"startxref\n", b"startxref\n9"),
        f"pdf-owner-{kind}-broken-table", "every reader: the table is rebuilt", infected(),
        family="pdfs", **PDF)
    add(lambda file, kind=kind: pdf.document(file, ["FlateDecode"], lock=pdf.Lock(kind, b"secret")),
        f"pdf-user-{kind}", "nobody without the password", unscannable("encrypted"),
        family="pdfs", **PDF)
