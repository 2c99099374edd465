# SPDX-License-Identifier: GPL-2.0-or-later
"""PDF: headers, filters and their spellings, locks that open without a password."""

import base64
import gzip
import re
import zlib

import brotli

from bypass.formats.pdf import FILTERS, IDENT, Lock, document, png_paeth, png_up, tiff
from bypass.formats.mime import attachment, mail_with
from disguises.case import EVIL, MAIL, PDF, File, disguise
from disguises.pdfbody import DATA, HEADER, pdf

READERS = "poppler, pdf.js, mupdf"
MARK = b"%\xe2\xe3\xcf\xd3\n"


@disguise(4, "Firefox (pdf.js), Evince, Okular (poppler), mupdf rebuild it", **PDF)
def pdf_header():
    yield "none", pdf(header=b"")
    yield "none-but-line-ends", pdf(header=b"\r\n\r\n\n")
    yield "comment-only", pdf(header=MARK)
    yield "text-line", pdf(header=b"This is a document\n")
    yield "without-dash", pdf(header=b"%PDF\n" + MARK)
    yield "without-dash-version", pdf(header=b"%PDF1.7\n" + MARK)
    yield "underscore", pdf(header=b"%PDF_1.4\n")
    yield "lowercase", pdf(header=b"%pdf-1.7\n" + MARK)
    yield "mixed-case", pdf(header=b"%Pdf-1.4\n" + MARK)
    yield "version-missing", pdf(header=b"%PDF-\n" + MARK)
    yield "version-9.9", pdf(header=b"%PDF-9.9\n" + MARK)
    yield "version-word", pdf(header=b"%PDF-x.y\n" + MARK)
    yield "version-half", pdf(header=b"%PDF-1.\n")
    yield "space-before-dash", pdf(header=b"%PDF -1.7\n" + MARK)
    yield "one-percent-less", pdf(header=b"PDF-1.7\n" + MARK)
    yield "postscript-line", pdf(header=b"%!PS-Adobe-3.0 PDF-1.4\n")
    yield "no-binary-line", pdf(header=b"%PDF-1.7\n")
    for size in (1000, 1018, 1024, 1100, 2000, 5000, 9000):
        yield f"behind-{size}", pdf(prefix=b"x" * size)
        yield f"behind-{size}-lines", pdf(prefix=(b"junk line\n" * (size // 10 + 1))[:size])
    yield "behind-2000-zeros", pdf(prefix=bytes(2000))
    yield "behind-2000-absolute-offsets", pdf(header=b"x" * 2000 + HEADER)
    yield "bom", pdf(prefix=b"\xef\xbb\xbf")
    yield "utf16-bom", pdf(prefix=b"\xff\xfe")
    yield "nul-before", pdf(prefix=b"\0")
    yield "http-header-before", pdf(prefix=b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n")


@disguise(4, "Chrome, Firefox as PDF viewers", **MAIL)
def pdf_header_in_mail():
    for name, body in (("none", pdf(header=b"")), ("lowercase", pdf(header=b"%pdf-1.7\n")),
                       ("behind-2000", pdf(prefix=b"x" * 2000)), ("without-dash", pdf(header=b"%PDF\n"))):
        yield name, mail_with(attachment(File("invoice.pdf", body), kind=b"application/pdf"))


def wrapped(text, width, line=b"\n"):
    return line.join(text[i:i + width] for i in range(0, len(text), width))


@disguise(4, READERS, **PDF)
def pdf_ascii_hex():
    plain, packed = EVIL.data.hex().encode(), DATA.hex().encode()
    alone, both = b"/Filter/ASCIIHexDecode", b"/Filter[/ASCIIHexDecode/FlateDecode]"
    for line, name in ((b"\n", "lf"), (b"\r\n", "crlf"), (b"\r", "cr"), (b" ", "blank"), (b"\t", "tab"),
                       (b"\0", "nul"), (b"\x0c", "formfeed"), (b"\n\n", "empty-lines")):
        yield f"alone-wrapped-{name}", pdf(wrapped(plain, 64, line) + b">", alone)
        yield f"flate-wrapped-{name}", pdf(wrapped(packed, 32, line) + b">", both)
    yield "alone-odd-widths", pdf(wrapped(plain, 7) + b">", alone)
    yield "alone-every-digit", pdf(wrapped(plain, 1, b" ") + b">", alone)
    yield "alone-upper", pdf(plain.upper() + b">", alone)
    yield "alone-mixed", pdf(wrapped(plain.replace(b"a", b"A"), 60) + b">", alone)
    yield "leading-newline", pdf(b"\n" + packed + b">", both)
    yield "leading-crlf", pdf(b"\r\n" + packed + b">", both)
    yield "leading-blanks", pdf(b"   " + packed + b">", both)
    yield "alone-leading-newline", pdf(b"\n" + plain + b">", alone)
    yield "no-end", pdf(packed, both)
    yield "alone-no-end", pdf(wrapped(plain, 64), alone)
    yield "blank-before-end", pdf(packed + b"\n >", both)
    yield "garbage-behind-end", pdf(packed + b">garbage", both)
    yield "short-name", pdf(wrapped(packed, 60) + b">", b"/Filter[/AHx/Fl]")
    yield "short-name-alone", pdf(wrapped(plain, 60) + b">", b"/Filter/AHx")
    yield "twice", pdf(wrapped(packed.hex().encode() + b">", 60), b"/Filter[/ASCIIHexDecode/ASCIIHexDecode/FlateDecode]")
    inner = wrapped(plain, 64) + b">"
    for name, body in (("wrapped", inner), ("leading-newline", b"\n" + inner), ("crlf", wrapped(plain, 64, b"\r\n") + b">")):
        yield f"behind-flate-{name}", pdf(zlib.compress(body), b"/Filter[/FlateDecode/ASCIIHexDecode]")


@disguise(4, READERS, **PDF)
def pdf_ascii_85():
    plain, packed = base64.a85encode(EVIL.data), base64.a85encode(DATA)
    alone, both = b"/Filter/ASCII85Decode", b"/Filter[/ASCII85Decode/FlateDecode]"
    for line, name in ((b"\n", "lf"), (b"\r\n", "crlf"), (b"\0", "nul"), (b"\t\x0c", "tab-formfeed"), (b" ", "blank")):
        yield f"wrapped-{name}", pdf(wrapped(packed, 20, line) + b"~>", both)
        yield f"alone-wrapped-{name}", pdf(wrapped(plain, 20, line) + b"~>", alone)
    yield "opening-mark", pdf(b"<~" + packed + b"~>", both)
    yield "alone-opening-mark", pdf(b"<~" + plain + b"~>", alone)
    yield "leading-newline", pdf(b"\n" + packed + b"~>", both)
    yield "no-end", pdf(packed, both)
    yield "half-end", pdf(packed + b"~", both)
    yield "split-end", pdf(packed + b"~\n>", both)
    yield "garbage-behind-end", pdf(packed + b"~>zzzz", both)
    yield "short-name", pdf(packed + b"~>", b"/Filter[/A85/Fl]")


@disguise(4, READERS, **PDF)
def pdf_run_length_and_lzw():
    run, lzw = FILTERS["RunLengthDecode"](EVIL.data), FILTERS["LZWDecode"](EVIL.data)
    yield "run", pdf(run, b"/Filter/RunLengthDecode")
    yield "run-short-name", pdf(run, b"/Filter/RL")
    yield "run-no-end", pdf(run[:-1], b"/Filter[/RL]")
    yield "run-single-bytes", pdf(b"".join(b"\0" + EVIL.data[i:i + 1] for i in range(68)) + b"\x80", b"/Filter/RL")
    yield "run-repeats", pdf(b"".join(b"\0" + EVIL.data[i:i + 1] for i in range(67)) + b"\xc9" + b"*" + b"\x80", b"/Filter/RL")
    yield "lzw", pdf(lzw, b"/Filter/LZWDecode")
    yield "lzw-short-name", pdf(lzw, b"/Filter[/LZW]")
    yield "lzw-early-0", pdf(lzw, b"/Filter/LZWDecode/DecodeParms<</EarlyChange 0>>")
    yield "lzw-early-0-in-array", pdf(lzw, b"/Filter[/LZWDecode]/DecodeParms[<</EarlyChange 0>>]")
    yield "lzw-no-end", pdf(lzw[:-1], b"/Filter/LZW")
    yield "lzw-in-hex-lines", pdf(wrapped(lzw.hex().encode(), 60) + b">", b"/Filter[/AHx/LZW]")


@disguise(2, "pdf.js, mupdf", **PDF)
def pdf_brotli():
    packed = brotli.compress(EVIL.data)
    yield "alone", pdf(packed, b"/Filter/BrotliDecode")
    yield "in-array", pdf(packed, b"/Filter[/BrotliDecode]/DecodeParms[null]")
    yield "in-hex", pdf(packed.hex().encode() + b">", b"/Filter[/ASCIIHexDecode/BrotliDecode]")
    yield "behind-flate", pdf(zlib.compress(packed), b"/Filter[/FlateDecode/BrotliDecode]")


@disguise(4, READERS, **PDF)
def pdf_flate():
    def packer(level=9, window=15, strategy=0):
        p = zlib.compressobj(level, zlib.DEFLATED, window, 9, strategy)
        return p.compress(EVIL.data) + p.flush()
    yield "stored", pdf(packer(0))
    yield "window-512", pdf(packer(9, 9))
    yield "huffman-only", pdf(packer(9, 15, zlib.Z_HUFFMAN_ONLY))
    yield "fixed", pdf(packer(9, 15, zlib.Z_FIXED))
    yield "cut-checksum", pdf(DATA[:-4])
    yield "wrong-checksum", pdf(DATA[:-4] + b"\0\0\0\0")
    yield "cut-end-block", pdf(zlib.compress(EVIL.data + b" " * 400)[:-9])
    yield "other-header", pdf(b"\x58\x85" + DATA[2:])
    yield "trailing-garbage", pdf(DATA + b"garbage")
    yield "leading-newline", pdf(b"\n" + DATA), {"rank": 2, "opens": "Adobe Reader skips it"}
    yield "short-name", pdf(DATA, b"/Filter/Fl")
    yield "array", pdf(DATA, b"/Filter[ /Fl ]")
    yield "twice", pdf(zlib.compress(DATA), b"/Filter[/FlateDecode/FlateDecode]")
    yield "name-in-hex", pdf(DATA, b"/Filter/#46late#44ecode")
    yield "key-in-hex", pdf(DATA, b"/#46ilter/FlateDecode")
    yield "key-short", pdf(DATA, b"/F/FlateDecode"), {"rank": 1, "opens": "few: the short key is for inline images"}
    yield "null-params", pdf(DATA, b"/Filter/FlateDecode/DecodeParms null")
    yield "null-array", pdf(DATA, b"/Filter[/FlateDecode]/DecodeParms[null]")
    yield "behind-stored-endstream", pdf(packer_with(b"endstream endobj\n"))


def packer_with(inside):
    """A stored block that holds an end mark, and EICAR behind it."""
    p = zlib.compressobj(0)
    return p.compress(EVIL.data + inside) + p.flush()


@disguise(4, READERS, **PDF)
def pdf_predictor():
    for name, make, number in (("up", png_up, 12), ("paeth", png_paeth, 14), ("tiff", tiff, 2), ("any", png_up, 15)):
        for columns in (4, 17):
            data = zlib.compress(make(EVIL.data, columns))
            params = b"<</Predictor %d/Columns %d>>" % (number, columns)
            yield f"{name}-{columns}", pdf(data, b"/Filter/FlateDecode/DecodeParms" + params)
            yield f"{name}-{columns}-in-array", pdf(data, b"/Filter[/FlateDecode]/DecodeParms[" + params + b"]")
    data = zlib.compress(png_up(EVIL.data, 4))
    yield "params-short-names", pdf(data, b"/Filter/Fl/DP<</Predictor 12/Columns 4>>"), {"rank": 2}
    yield "params-by-reference", pdf(data, b"/Filter/FlateDecode/DecodeParms 8 0 R",
                                     extra=b"8 0 obj\n<</Predictor 12/Columns 4>>\nendobj\n")
    yield "colors", pdf(zlib.compress(png_up(EVIL.data, 4)), b"/Filter/FlateDecode/DecodeParms<</Predictor 12/Colors 4"
                        b"/Columns 1>>")
    for sub in (b"/Type/XObject/Subtype/Image/Width 4/Height 17/BitsPerComponent 8/ColorSpace/DeviceGray",):
        yield "image-attached", pdf(data, b"/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 4>>", type_=sub)


@disguise(4, "every PDF reader opens it without asking", **PDF)
def pdf_owner_password():
    for kind in ("rc4-40", "rc4-128", "aes-128", "aes-256"):
        lock = Lock(kind)
        yield kind, document(EVIL, ["FlateDecode"], lock=lock)
        yield f"{kind}-no-filter", document(EVIL, [], lock=lock)
        yield f"{kind}-hex", document(EVIL, ["ASCIIHexDecode", "FlateDecode"], lock=lock)
        yield f"{kind}-predictor", document(EVIL, ["FlateDecode"], lock=lock, predict=png_up,
                                            params=b"/DecodeParms[<</Predictor 12/Columns 4>>]")
        yield f"{kind}-wrong-length", document(EVIL, ["FlateDecode"], lock=lock, length=0)
        binary = Lock(kind)
        yield f"{kind}-binary-strings", document(EVIL, ["FlateDecode"], lock=binary_strings(binary))


def binary_strings(lock):
    """/O and /U as raw bytes, with "/P 5" in a value: only the dictionary's own /P counts."""
    def raw(match):
        text = bytes.fromhex(match[2].decode())
        escaped = text.replace(b"\\", b"\\\\").replace(b"(", b"\\(").replace(b")", b"\\)").replace(b"\r", b"\\r")
        return b"/" + match[1] + b"(" + escaped + b")"
    lock.dictionary = re.sub(rb"/(O|U)<([0-9a-f]+)>", raw, lock.dictionary)
    return lock


@disguise(4, "mupdf, pdf.js: the table is rebuilt", **PDF)
def pdf_lock_in_lost_table():
    """How the document is encrypted stands in a cross-reference stream that startxref does not find."""
    table = b"9 0 obj\n<</Type/XRef/Size 10/W[1 2 1]/Root 1 0 R/Encrypt 7 0 R/ID[<%s><%s>]/Length 0>>stream\n\nendstream\nendobj\n" % (
        (IDENT.hex().encode(),) * 2)
    for kind in ("rc4-40", "aes-128", "aes-256", "aes-256-r6"):
        for name, data in (("plain", EVIL.data), ("gzip", gzip.compress(EVIL.data, mtime=0))):
            whole = document(File("e.com", data), ["FlateDecode"], lock=Lock(kind))
            yield f"{kind}-{name}", whole[:whole.rindex(b"xref\n0 ")] + table + b"%%EOF\n"
