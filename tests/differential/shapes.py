# SPDX-License-Identifier: GPL-2.0-or-later
"""Random bodies with EICAR inside: a pure function of the seed and the number of the case."""

import base64
import bz2
import gzip
import io
import lzma
import quopri
import random
import struct
import tarfile
import urllib.parse
import zlib
from dataclasses import dataclass, field

from bypass.formats.zips import deflate
from disguises.pdfbody import pdf
from disguises.ziprecords import Archive, End, end64, locator64, member
from lib.eicar import EICAR

PLANTED = b"planted:"


@dataclass(frozen=True)
class Body:
    kind: str
    number: int
    data: bytes = field(repr=False)
    ending: str
    media: str = ""
    upload: bool = False

    @property
    def name(self):
        return f"{self.kind}-{self.number}{self.ending}"


def filler(r, most=400):
    words = (b"report", b"table", b"of", b"the", b"year", b"2024", b"costs", b"\n")
    return b" ".join(r.choice(words) for _ in range(r.randint(0, most // 6)))


# ------------------------------------------------------------------- archives

def zip_fields(r, local, central):
    """One or two fields of a member that no longer say what is true."""
    for _ in range(r.choice((0, 1, 1, 2))):
        header = r.choice((local, central))
        what = r.choice(("packed", "size", "crc", "method", "flags", "extra", "name", "version", "descriptor", "attributes"))
        if what in ("packed", "size"):
            setattr(header, what, r.choice((0, 1, 68, 0xFFFFFFFF, r.randint(0, 500))))
        elif what == "crc":
            header.crc = r.choice((0, r.getrandbits(32)))
        elif what == "method":
            header.method = r.choice((0, 8, 9, 12, 14, 93, 95, 99))
        elif what == "flags":
            header.flags ^= 1 << r.randint(0, 15)
        elif what == "extra":
            header.extra = r.choice((b"\1\0\x10\0" + struct.pack("<QQ", len(local.data), 68), filler(r, 60),
                                     b"\x75\x70\x09\0\1" + bytes(4) + b"a.tx", b"PK\5\6" + bytes(18)))
        elif what == "name":
            header.name = r.choice((b"", b"a/", b"../e.com", b"e.com\0.txt", b"\xff\xfe", b"e" * 300))
        elif what == "version":
            header.version = r.choice((0, 10, 45, 0xFFFF))
        elif what == "descriptor":
            local.flags |= 8
            central.flags |= 8
            local.descriptor = struct.pack(r.choice(("<4sIII", "<4sIQQ")), b"PK\7\10", central.crc, len(local.data), 68)
            if r.random() < 0.5:
                local.packed = local.size = local.crc = 0
        else:
            central.attributes = r.choice((0x10, 0xA1FF0000, 0x41ED0000, 0x11A40000))


def zipped(r):
    pairs = [member(b"a.txt", filler(r), r.choice((0, 8))) for _ in range(r.randint(0, 2))]
    evil = member(b"eicar.com", EICAR, r.choice((0, 8)))
    zip_fields(r, *evil)
    pairs.insert(r.randint(0, len(pairs)), evil)
    archive = Archive(pairs).place(r.choice((0, 0, 0, 9)))
    body, directory = archive.files, archive.directory
    if r.random() < 0.15:
        directory = b"".join(bytes(central) for _, central in pairs if r.random() < 0.6)
    gap = r.choice((b"", b"", b"", filler(r, 80), bytes(r.randint(1, 40)), bytes(archive.end())))
    end = archive.end()
    if r.random() < 0.3:
        setattr(end, r.choice(("count", "size", "offset", "total", "disk")), r.choice((0, 1, 0xFFFF)))
    if r.random() < 0.15:
        at = len(body) + len(directory)
        directory += end64(len(pairs), len(directory), len(body)) + locator64(at)
        end = r.choice((end, End(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFF)))
    data = body + gap + directory + bytes(end) + r.choice((b"", b"", filler(r, 60), bytes(End())))
    return r.choice((b"", b"", b"", b"#!/bin/sh\nexit 0\n", b"MZ" + bytes(80))) + data, ".zip"


def tarred(r):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=r.choice((tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT))) as t:
        for name in r.sample(("a.txt", "eicar.com", r.choice(("b.txt", "dir/" * 30 + "b.txt"))), 3):
            info, data = tarfile.TarInfo(name), EICAR if name == "eicar.com" else filler(r)
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    data = bytearray(out.getvalue())
    if r.random() < 0.6:  # a header whose checksum is right, and another field not
        at = data.index(b"eicar.com")
        place, value = r.choice(((156, b"\0"), (156, b"1"), (156, b"3"), (156, b"5"), (156, b"6"), (156, b"7"), (156, b"D"),
                                 (156, b"x"), (156, b"Z"), (257, b"\0" * 8), (100, b"       \0"), (124, b"00000000104 "),
                                 (124, b"\x80" + bytes(10) + b"\x44"), (345, b"p" * 20)))
        data[at + place:at + place + len(value)] = value
        data[at + 148:at + 156] = b" " * 8
        data[at + 148:at + 156] = b"%06o\0 " % sum(data[at:at + 512])
    if r.random() < 0.2:
        data = data[:data.index(b"eicar.com") + 512 + 512]
    return bytes(data), ".tar"


def streamed(r, data, ending):
    """gzip, bzip2, xz or lzma, whole or in odd pieces."""
    kind = r.choice((".gz", ".gz", ".bz2", ".xz", ".lzma"))
    pack = {".gz": lambda d: gzip.compress(d, r.randint(0, 9), mtime=0), ".bz2": bz2.compress, ".xz": lzma.compress,
            ".lzma": lambda d: lzma.compress(d, lzma.FORMAT_ALONE)}[kind]
    if r.random() < 0.3 and kind != ".lzma":
        cut = r.randint(0, len(data))
        out = pack(data[:cut]) + pack(data[cut:])
    else:
        out = pack(data)
    if kind == ".gz" and r.random() < 0.4:
        out = bytearray(out)
        extra = {4: struct.pack("<H", 5) + b"12345", 8: b"name\0", 16: b"comment\0"}[flag := r.choice((4, 8, 16))]
        out[3] |= flag
        out[10:10] = extra
        out = bytes(out)
    tail = r.choice((b"", b"", b"\0" * 16, filler(r, 60)))
    return (out + tail if kind != ".lzma" else out), ending + kind


def archive(r):
    data, ending = r.choice((zipped, zipped, zipped, tarred))(r)
    if r.random() < 0.3:
        data, ending = streamed(r, data, ending)
    elif r.random() < 0.1:
        data, ending = streamed(r, EICAR, ".com")
    return data, ending, "", False


# ------------------------------------------------------------------- documents

def document(r):
    data, filters = EICAR, []
    for _ in range(r.randint(0, 3)):
        name = r.choice((b"FlateDecode", b"ASCIIHexDecode", b"ASCII85Decode", b"RunLengthDecode"))
        if name == b"FlateDecode":
            data = zlib.compress(data, r.randint(0, 9))
        elif name == b"ASCIIHexDecode":
            data = r.choice((b"", b"\n", b" ")).join(bytes([a]) for a in data.hex().encode()) + b">"
        elif name == b"ASCII85Decode":
            data = base64.a85encode(data, wrapcol=r.choice((0, 40))) + b"~>"
        else:
            data = b"".join(bytes([len(part) - 1]) + part for part in
                            (data[i:i + 100] for i in range(0, len(data), 100))) + b"\x80"
        filters.insert(0, name)
    names = b"".join(r.choice((b"/", b" /", b"\n/")) + (f if r.random() < 0.7 else f.replace(b"D", b"#44", 1)) for f in filters)
    coding = b"/Filter[" + names + b"]" if filters else b""
    changes = {}
    for what in r.sample(("length", "end", "stream", "header", "prefix", "tail", "type_", "more", "foot"), r.randint(0, 2)):
        changes[what] = {
            "length": (b"0", b"1", b"99999", b"7 0 R", b"-1", b""), "end": (b"endstream", b"\r\nendstream", b"\n endstream", b"\n"),
            "stream": (b"stream\r\n", b"stream\r", b"stream \n", b"stream  \r\n"), "header": (b"%PDF-1.4\n", b"%PDF-9\n", b"%PDF-1.\n"),
            "prefix": (b"\n", filler(r), b"GIF89a", bytes(100)), "tail": (filler(r), b"\n\n\n", b"%%EOF"),
            "type_": (b"", b"/Type/XObject/Subtype/Image", b"/Type/ObjStm", b"/Type/Metadata"),
            "more": (b"/X(/Filter/None endstream)", b"%endstream\n", b"/DecodeParms<<>>", b"/Params<</Size 3>>"),
            "foot": (b"", b"\nendobj", b" endobj\n")}[what]
        changes[what] = r.choice(changes[what])
    return pdf(data, coding, **changes), ".pdf", "", False


# ----------------------------------------------------------------------- mails

def coded(r, data):
    """(spelling of the transfer encoding, body)"""
    name = r.choice(("base64", "base64", "quoted-printable", "7bit", "8bit"))
    if name == "base64":
        body = base64.encodebytes(data).replace(b"\n", r.choice((b"\n", b"\r\n", b" \r\n")))
        if r.random() < 0.2:
            body = body.replace(b"=", b"") + b"\r\n"
    else:
        body = quopri.encodestring(data) if name == "quoted-printable" else data
    spelling = r.choice((name, name.upper(), name + " ", "\t" + name, f'"{name}"' if r.random() < 0.3 else name))
    return spelling.encode(), body


def mail(r):
    line, mark = r.choice((b"\r\n", b"\r\n", b"\n")), r.choice((b"b1", b"=_x", b"a b", b"--x"))
    inner = EICAR if r.random() < 0.4 else bytes(Archive([member(b"eicar.com", EICAR, 8)]))
    spelling, body = coded(r, inner)
    kind = r.choice((b"application/octet-stream", b"application/zip", b"text/plain", b"image/png", b"message/x"))
    head = [b"Content-Type: " + kind + r.choice((b"", b"; name=e.com", b"; name=\"e.zip\""))]
    head.insert(r.randint(0, 1), r.choice((b"Content-Transfer-Encoding: ", b"content-transfer-encoding:", b"Content-Transfer-Encoding:\r\n ")) + spelling)
    if r.random() < 0.6:
        head.append(b"Content-Disposition: " + r.choice((b"attachment; filename=e.com", b"inline", b"ATTACHMENT; filename*=utf-8''e.zip")))
    top = [b"From: a@example.test", b"To: b@example.test", b"Subject: x", b"MIME-Version: 1.0"]
    if r.random() < 0.15:
        return line.join(top + head) + line * 2 + body, ".eml", "message/rfc822", False
    quote = b'"' if b" " in mark or r.random() < 0.7 else b""
    top.append(b"Content-Type: multipart/" + r.choice((b"mixed", b"alternative", b"related", b"x", b"MIXED")) +
               r.choice((b"; ", b";", b";\r\n\t")) + b"boundary=" + quote + mark + quote)
    parts = [b"Content-Type: text/plain" + line * 2 + filler(r), line.join(head) + line * 2 + body]
    r.shuffle(parts)
    text = line.join(top) + line * 2 + r.choice((b"", b"preamble" + line))
    for part in parts:
        text += b"--" + mark + r.choice((b"", b"", b" ")) + line + part + line
    return text + r.choice((b"--" + mark + b"--" + line, b"")), ".eml", "message/rfc822", False


# --------------------------------------------------------------------- uploads

TYPES = ("multipart/form-data; boundary={}", 'multipart/form-data; boundary="{}"', "Multipart/Form-Data;boundary={}",
         "multipart/form-data; charset=utf-8; boundary={}", "multipart/form-data; boundary={}; boundary=zz",
         "multipart/form-data;\tboundary={}", "multipart/form-data; boundary={} ", "multipart/form-data; BOUNDARY={}",
         'multipart/form-data; x="; boundary=zz"; boundary={}', "multipart/form-data ; boundary={};", "multipart/form-data, boundary={}",
         "multipart/form-data; boundary={}, text/plain", 'multipart/form-data; boundary="{}"; charset="x"',
         "multipart/form-data; xboundary=zz; boundary={}", "multipart/form-data; boundary={}\t")
BOUNDARIES = ("aaa", "aaa", "----WebKitFormBoundary7MA4YWxkTrZu0gW", "a.b_c-d'()+,/:=?", "0" * 70, "--x", "a b", "aaa-", "x" * 200)
HEADS = (b'Content-Disposition: form-data; name="f"; filename="e.com"', b"Content-Disposition: form-data; name=f; filename=e.zip",
         b'content-disposition:form-data;name="f";filename="e"', b"Content-Disposition: form-data; filename*=UTF-8''e; name=f",
         b"Content-Disposition: form-data; name=\"f\"; filename=\"e\\\".com\"", b'Content-Disposition: form-data; name="f"; filename=""',
         b"Content-Disposition: form-data;\r\n name=\"f\"; filename=\"e\"", b'Content-Disposition: form-data; name="f[]"; filename="e"',
         b'Content-Disposition: FORM-DATA; NAME="f"; FILENAME="e"', b'Content-Disposition: form-data; name="f"; filename="e"; filename="x"',
         b"Content-Disposition: form-data; name='f'; filename='e'", b'Content-Disposition : form-data; name="f"; filename="e"',
         b'Content-Disposition: attachment; name="f"; filename="e"', b'Content-Disposition: form-data; name="f"',
         b'X: y\r\nContent-Disposition: form-data; name="f"; filename="e"', b'Content-Disposition: form-data; filename="e"')
MORE = (b"", b"", b"\r\nContent-Type: image/png", b"\r\nContent-Type:text/plain; charset=utf-16", b"\r\nContent-Length: 5",
        b"\r\nContent-Transfer-Encoding: binary", b"\r\nContent-Transfer-Encoding: x", b"\r\nContent-Type: multipart/mixed; boundary=zz",
        b"\r\nContent-Disposition: form-data; name=g", b"\r\n: x", b"\r\nX", b"\r\nX:\0", b"\r\nContent-Encoding: identity")


def upload(r):
    line = r.choice((b"\r\n",) * 6 + (b"\n",))
    inner = r.choice((EICAR, bytes(Archive([member(b"eicar.com", EICAR, 8)])), gzip.compress(EICAR, mtime=0)))
    boundary = r.choice(BOUNDARIES)
    head, more, mark = r.choice(HEADS), r.choice((*MORE, line + b"X: " + b"y" * r.randint(1, 3000))), b"--" + boundary.encode()
    if r.random() < 0.15:
        inner, more = base64.encodebytes(inner), line + b"Content-Transfer-Encoding: base64"
    blank = r.choice((line * 2,) * 8 + (line + b" " + line, line * 3, b"\r\n\n", b"\n\r\n"))
    parts = [b'Content-Disposition: form-data; name="t"' + line * 2 + filler(r), head + more + blank + inner]
    if r.random() < 0.2:
        parts.append(b'Content-Disposition: form-data; name="u"; filename="u"' + line * 2 + mark[:-1] + line + filler(r))
    r.shuffle(parts)
    text = r.choice((b"", b"", b"preamble" + line, line, mark[:3] + line))
    for part in parts:
        text += mark + r.choice((b"",) * 8 + (b" ", b"\t", b" \t ")) + line + part + line
    return text + r.choice((mark + b"--", mark + b"--\r\n", mark + b"--\r\nepilogue", b"", mark, mark + b"-- x", mark + b"-")), \
        ".form", r.choice(TYPES).format(boundary), True


# ----------------------------------------------------------------------- pages

NAMED = {":": "&colon;", ";": "&semi;", ",": "&comma;", "/": "&sol;", "+": "&plus;", "=": "&equals;", "%": "&percnt;", "!": "&excl;", "(": "&lpar;",
         ")": "&rpar;", "*": "&ast;", "$": "&dollar;"}


def references(r, text):
    """Some characters as character references."""
    forms = (lambda c: f"&#{ord(c)};", lambda c: f"&#x{ord(c):x};", lambda c: f"&#X{ord(c):04X};", lambda c: f"&#0{ord(c)};",
             lambda c: NAMED.get(c, c), lambda c: f"&#{ord(c)};", lambda c: f"&#000000000{ord(c)};")
    return "".join(r.choice(forms)(c) if r.random() < 0.05 or c in ":,;" and r.random() < 0.3 else c for c in text)


def spaced(r, text):
    """Characters that a browser takes out of an address."""
    return "".join(c + r.choice(("\t", "\n", "\r\n", "&Tab;", "&NewLine;", "&#10;", "&#9")) if r.random() < 0.03 else c for c in text)


TAGS = ("<a download=e.com href={}>x</a>", "<A\nHREF={} x>", "<iframe src = {}></iframe>", "<object data={}>", "<embed/src={}>",
        "<a title='>' href={}>", "<!-- > --><a href={}>", "<a <a href={}>", "<svg><a xlink:href={}>", "<a/href={}/>", "<a x='\"' href={}>",
        "<a href={} href=x>", "<a\fhref={}>", "<a x=y\thref\n=\n{}>", "<!--><a href={}>", "<!-- --!><a href={}>", "<!x><a href={}>", "<?x><a href={}>",
        "</x><a href={}>", "<a =x href={}>", "<a 'x' href={}>", "<title>x</title><a href={}>", "<textarea></textarea><a href={}>",
        "<script>'</script><a href={}>", "<style></style ><a href={}>", "<template><a href={}></template>", "<table><a href={}>",
        "<math><a href={}>", "<svg><![CDATA[>]]><a href={}>", "<select><a href={}>", "<form action={}>", "<video src={}>", "<link rel=x href={}>",
        "<area href={}>", "<input formaction={}>", "<noscript><a href={}></noscript>", "<a\0href=x href={}>", "<xmp></xmp><a href={}>",
        "<a x=\">\" href={}>", "<frameset></frameset><a href={}>", "<a href = {}x>", "<meta content=x><base href={}>", "<img src=x srcset=y longdesc={}>")


def page(r):
    inner = r.choice((EICAR, bytes(Archive([member(b"eicar.com", EICAR, 8)]))))
    if r.random() < 0.7:
        coding, text = r.choice((";base64", ";BASE64", "; base64", ";charset=x;base64", ";x=y; base64", ";base64 ")), base64.b64encode(inner).decode()
        if r.random() < 0.2:
            text = text.rstrip("=")
        if r.random() < 0.2:
            text = urllib.parse.quote(text, safe="")
        elif r.random() < 0.2:
            text = "".join(f"%{ord(c):02x}" if r.random() < 0.1 else c for c in text)
        if r.random() < 0.1:
            text = "%20".join((text[:20], text[20:]))
    else:
        coding, text = "", urllib.parse.quote(inner, safe=r.choice(("", "!$()*:;@")))
    uri = r.choice(("data:", "DATA:", "dAtA:", " data:", "\ndata:")) + r.choice(("application/zip", "application/octet-stream", "", "text/plain", "x", "a/b;c=d")) + \
        coding + "," + text + r.choice(("", "", "", "#x", "#"))
    quote = r.choice(("'", '"', '"', ""))
    uri = uri.replace("&", "&amp;").replace(quote, "&quot;" if quote == '"' else "&#39;") if quote else \
        "".join(f"&#{ord(c)};" if c in " \t\n\f\r\"'`=<>&" else c for c in uri)
    uri = references(r, uri) if r.random() < 0.4 else uri
    uri = spaced(r, uri) if quote and r.random() < 0.2 else uri
    body = r.choice(("<!DOCTYPE html><html><body>", "<html>", "", "<body>", "\n\n", "<p>")) + filler(r).decode() + \
        r.choice(TAGS).format(quote + uri + quote) + r.choice(("</body></html>", "", "<p>x"))
    codec = r.choice(("utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"))
    return body.encode(codec), ".html", "text/html", False


# --------------------------------------------------------------------- scripts

CODE = ("var a = [1, 2, 3];\n", "function f(x) { return x.a + '\\n' + x.b; }\n", "f({data: 1, 'b': \"c\"});\n", "/* a, \"b\" */\n",
        "var t = '<a href=\"x?a&amp;b\">' + 100 + '%</a>';\n", "var re = /\\d+\\/[\\w]/;\n", "// it's a 'quote\n", "if (a && a.length<3) a.push(6, 4);\n",
        "var w = 'Lorem ipsum dolor sit amet consectetur', v = `x${1}y`;\n", "var long = ['one', 'two', \"three\", 'four'];\n")


def escaped(r, text, share):
    """Content of a string literal, some of it as escapes."""
    forms = (lambda c: f"\\x{ord(c):02x}", lambda c: f"\\u{ord(c):04X}", lambda c: f"\\u{{{ord(c):x}}}", lambda c: f"\\u{{0000{ord(c):x}}}",
             lambda c: "\\" + c if c not in "bfnrtuvx0123456789\n\r" else c, lambda c: "\\\n" + c)
    return "".join(r.choice(forms)(c) if r.random() < share or c in "\"'`\\\n\r$" or not " " <= c <= "~" else c for c in text) \
        .replace("\\\n\"", '\\"').replace("\\\n'", "\\'").replace("\\\n`", "\\`").replace("\\\n\\", "\\\\")


def literal(r, text):
    """An expression that is the text: literals with escapes, joined."""
    share, pieces = r.choice((0, 0, 0.01, 0.1, 1)), []
    while text:
        cut = r.choice((1, 4, 10, 30, 76, 2000))
        pieces.append(text[:cut])
        text = text[cut:]
    if r.random() < 0.5:
        pieces = ["".join(pieces)]
    join = r.choice(("+", " + ", "\n  + ", "/* and */+ ", "+ // so\n", ")+("))
    quoted = [(q := r.choice("\"'`")) + escaped(r, piece, share if all(" " <= c <= "~" for c in piece) else 0.2).replace("${", "$\\{") + q for piece in pieces]
    return "(" + join.join(quoted) + ")"


def script(r):
    kind, packed = r.choice(("atob", "atob", "uri", "uri", "plain", "codes", "array", "blob", "unescape")), bytes(Archive([member(b"eicar.com", EICAR, 8)]))
    inner = r.choice((EICAR, packed)) if kind not in ("codes", "unescape") else packed  # text of these is no file, but text
    coded = base64.b64encode(inner).decode()
    said = {"atob": lambda: f"atob({literal(r, coded)})",
            "uri": lambda: literal(r, r.choice(("data:", "DATA:", "data:application/zip", "data:a/b;c=d")) + ";base64," + coded),
            "plain": lambda: literal(r, "data:" + r.choice(("", "text/plain", "application/x")) + "," + urllib.parse.quote(inner, safe="")),
            "codes": lambda: "String.fromCharCode(" + r.choice((",", ", ", ",\n")).join(map(str, inner)) + ")",
            "array": lambda: "new Uint8Array([" + ",".join(r.choice((str, hex))(b) for b in inner) + "])",
            "blob": lambda: f"new Blob([{literal(r, inner.decode('latin-1'))}])",
            "unescape": lambda: f"unescape({literal(r, urllib.parse.quote(inner, safe=''))})"}[kind]()
    before, after = ("".join(r.choice(CODE) for _ in range(r.randint(0, 12))) for _ in range(2))
    return (before + f"save({said});\n" + after).encode("latin-1"), ".js", "text/javascript", False


def planted(r):
    """Only the judge of that name opens it."""
    return PLANTED + bytes(b ^ 0x5A for b in EICAR) + filler(r), ".bin", "", False


KINDS = {"archive": archive, "document": document, "mail": mail, "upload": upload, "page": page, "script": script}


def make(seed, number, kind):
    r = random.Random(f"{seed} {kind} {number}")
    data, ending, media, is_upload = (planted if kind == "planted" else KINDS[kind])(r)
    return Body(kind, number, data, ending, media, is_upload)
