# SPDX-License-Identifier: GPL-2.0-or-later
"""Form uploads: honest, broken, nested, encoded; names in every charset; JSON."""

import base64
import json
import lzma

from bypass.formats.mime import b64
from bypass.formats.packs import br, gz
from bypass.formats.rar import rar5
from bypass.formats.sevenzip import write as write_7z
from bypass.formats.tapes import deb, tar_of
from bypass.formats.zips import write, zip_of, zipcrypto
from bypass.wrapping import (CLEAN_OR_DAMAGED, add, infected, infected_or, unscannable,
                             wrapping)

SERVER = "PHP, Rails, Django and every other server"
SOME = "some servers: PHP, Node's busboy, Go, Java differ"
BOUNDARY = "----WebKitFormBoundary7MA4YWxkTrZu0gW"
FOUND = infected("upload > eicar.com*")
JAPANESE = "ウイルス.com"


def field(data, disposition=b'form-data; name="file"; filename="eicar.com"', more=b"",
          kind=b"application/octet-stream"):
    head = b"Content-Disposition: " + disposition + b"\r\n" if disposition else b""
    return head + (b"Content-Type: " + kind + b"\r\n" if kind else b"") + more + b"\r\n" + data


TEXT = b'Content-Disposition: form-data; name="comment"\r\n\r\nhello'


def form(parts, boundary=BOUNDARY, *, end=True, line=b"\r\n", preamble=b"", last=None):
    mark = b"--" + boundary.encode("latin-1")
    out = preamble + b"".join(mark + line + p.replace(b"\r\n", line, p[:p.find(b"\r\n\r\n") + 4].count(
        b"\r\n")) + line for p in parts)
    return out + ((mark + b"--" + line if last is None else last) if end else b"")


def sent(name, make, opens=SERVER, expect=FOUND, kind=None, **more):
    add(make, "upload-" + name, opens, expect, family="uploads", directions=("REQMOD",),
        kind=kind or f"multipart/form-data; boundary={BOUNDARY}", **more)


sent("plain", lambda f: form([TEXT, field(f.data)]))
sent("first-of-many", lambda f: form([field(f.data)] + [TEXT] * 20))
sent("last-of-many", lambda f: form([TEXT] * 20 + [field(f.data)]))
sent("without-filename", lambda f: form([field(f.data, b'form-data; name="file"')]),
     expect=infected("upload > *"))
sent("without-name", lambda f: form([field(f.data, b'form-data; filename="eicar.com"')]))
sent("without-disposition", lambda f: form([field(f.data, b"")]), SOME, infected("upload*"))
sent("without-part-headers", lambda f: form([b"\r\n" + f.data]), SOME, infected("upload*"))
sent("as-text", lambda f: form([field(f.data, kind=b"text/plain")]))
sent("zip", lambda f: form([TEXT, field(zip_of(f, 8), b'form-data; name="f"; filename="x.zip"')]),
     expect=infected("upload > x.zip > eicar.com"))

for name, make in (("rar", lambda f: rar5(f.name, f.data)), ("7z", lambda f: write_7z([(f.name, f.data)])),
                   ("zip-lzma", lambda f: zip_of(f, 14)), ("deb", lambda f: deb("data.tar.xz", lzma.compress(
                       tar_of(f))))):
    sent(name, lambda f, make=make: form([TEXT, field(make(f), b'form-data; name="f"; filename="x.bin"')]),
         expect=infected("upload > x.bin > *"))
sent("encrypted-zip", lambda f: form([TEXT, field(write([zipcrypto(f.name, f.data)]),
                                                  b'form-data; name="f"; filename="x.zip"')]),
     expect=unscannable("encrypted"))

for label, disposition in (
        ("rfc5987", b"filename*=UTF-8''" + b"".join(b"%%%02X" % c for c in JAPANESE.encode())),
        ("rfc2231-continued", b"filename*0*=UTF-8''%E3%82%A6%E3%82%A4; filename*1*=%E3%83%AB%E3%82%B9; "
                              b"filename*2=.com"),
        ("utf-8", b'filename="' + JAPANESE.encode() + b'"')):
    sent("name-" + label, lambda f, d=disposition: form([field(f.data, b'form-data; name="f"; ' + d)]),
         expect=infected("upload > " + JAPANESE))
for label, charset in (("shift-jis", "cp932"), ("iso-2022-jp", "iso-2022-jp"), ("euc-jp", "euc-jp")):
    sent("name-" + label, lambda f, c=charset: form([field(
        f.data, b'form-data; name="f"; filename="' + JAPANESE.encode(c) + b'"')]),
        "a page in that charset", infected("upload > *"))
sent("name-rfc2047", lambda f: form([field(f.data, b'form-data; name="f"; filename="=?utf-8?B?' +
                                           base64.b64encode(JAPANESE.encode()) + b'?="')]),
     SOME, infected("upload > *"))
sent("name-with-path", lambda f: form([field(f.data, b'form-data; name="f"; filename="C:\\dir\\eicar.com"')]),
     "Internet Explorer sent paths", infected("upload > *"))
sent("name-with-quote", lambda f: form([field(f.data, b'form-data; name="f"; filename="a\\"; b=\\"eicar.com"')]),
     expect=infected("upload > *"))
sent("name-twice", lambda f: form([field(f.data, b'form-data; name="f"; filename="a.txt"; filename="eicar.com"')]),
     SOME, infected("upload > *"))

sent("base64-part", lambda f: form([field(b64(f.data), more=b"Content-Transfer-Encoding: base64\r\n")]),
     "Rails, Java and other MIME readers")
sent("quoted-printable-part", lambda f: form([field(
    b"".join(b"=%02X" % c for c in f.data), more=b"Content-Transfer-Encoding: quoted-printable\r\n")]),
     "Rails, Java and other MIME readers")
# Both were clean: a folded value was not read, and of two encodings only the first was undone.
sent("base64-part-folded-header", lambda f: form([TEXT, field(
    b64(gz(f.data)), more=b"Content-Transfer-Encoding:\r\n base64\r\n")]),
     "Java and other MIME readers", infected("upload > *"))
sent("base64-part-second-of-two-encodings", lambda f: form([field(
    b64(gz(f.data)), more=b"Content-Transfer-Encoding: binary\r\n"
    b"Content-Transfer-Encoding: base64\r\n")]), "servers that take the last", infected("upload > *"))
sent("gzip-part", lambda f: form([field(gz(f.data), more=b"Content-Encoding: gzip\r\n")]), SOME,
     infected("upload > *"))
sent("br-part", lambda f: form([field(br(f.data), more=b"Content-Encoding: br\r\n")]), SOME,
     infected("upload > *"))
sent("gzip-body", lambda f: gz(form([TEXT, field(f.data)])), "servers with a decoding filter", FOUND,
     encoding="gzip")


def mixed(data):
    return (b'Content-Disposition: form-data; name="files"\r\nContent-Type: multipart/mixed; boundary=inner'
            b'\r\n\r\n--inner\r\nContent-Disposition: file; filename="eicar.com"\r\n\r\n' + data +
            b"\r\n--inner--")


sent("nested-mixed", lambda f: form([TEXT, mixed(f.data)]), "servers that follow RFC 2388",
     infected("upload > *"))
sent("nested-same-boundary", lambda f: form([mixed(f.data).replace(b"inner", BOUNDARY.encode())]), SOME,
     infected("upload > *"), benign=CLEAN_OR_DAMAGED)
sent("multipart-mixed", lambda f: form([field(f.data)]), "Google's upload APIs", infected("upload > *"),
     kind=f"multipart/mixed; boundary={BOUNDARY}")
sent("multipart-related", lambda f: form([b"Content-Type: application/json\r\n\r\n{}",
                                          b"Content-Type: application/octet-stream\r\n\r\n" + f.data]),
     "Google Drive's upload API", infected("upload*"), kind=f"multipart/related; boundary={BOUNDARY}")


def broken(name, make, opens=SOME, expect=infected("upload > *"), **more):
    sent("broken-" + name, make, opens, expect, benign=CLEAN_OR_DAMAGED, **more)


broken("no-end", lambda f: form([TEXT, field(f.data)], end=False))
broken("cut-behind-the-file", lambda f: form([field(f.data)], end=False)[:-2])
broken("end-without-line-break", lambda f: form([field(f.data)], last=b"--" + BOUNDARY.encode() + b"--"))
broken("trailing-garbage", lambda f: form([field(f.data)]) + b"garbage " * 50)
broken("preamble", lambda f: form([field(f.data)], preamble=b"preamble\r\n"))
broken("empty-lines-first", lambda f: form([field(f.data)], preamble=b"\r\n\r\n"))
broken("unix-line-ends", lambda f: form([TEXT, field(f.data)], line=b"\n"))
broken("boundary-with-spaces-behind", lambda f: form([field(f.data)]).replace(
    BOUNDARY.encode() + b"\r\n", BOUNDARY.encode() + b" \t \r\n"))
broken("boundary-quoted", lambda f: form([field(f.data)]), SERVER,
       kind=f'multipart/form-data; boundary="{BOUNDARY}"')
broken("boundary-upper-case-parameter", lambda f: form([field(f.data)]), SERVER,
       kind=f"Multipart/Form-Data; BOUNDARY={BOUNDARY}")
broken("boundary-with-charset-first", lambda f: form([field(f.data)]), SERVER,
       kind=f"multipart/form-data; charset=UTF-8; boundary={BOUNDARY}")
broken("boundary-with-comma", lambda f: form([field(f.data)]), kind=f"multipart/form-data, boundary={BOUNDARY}")
broken("boundary-without-semicolon", lambda f: form([field(f.data)]),
       kind=f"multipart/form-data boundary={BOUNDARY}")
broken("boundary-twice-first", lambda f: form([field(f.data)]),
       kind=f"multipart/form-data; boundary={BOUNDARY}; boundary=other")
broken("boundary-twice-last", lambda f: form([field(f.data)]),
       kind=f"multipart/form-data; boundary=other; boundary={BOUNDARY}")
broken("boundary-missing", lambda f: form([field(f.data)]), kind="multipart/form-data")
broken("boundary-of-something-else", lambda f: form([field(f.data)]), kind="multipart/form-data; boundary=other",
       opens="servers that look at the first line")
broken("boundary-of-special-characters", lambda f: form([field(f.data)], "'()+_,-./:=?"), SERVER,
       kind="multipart/form-data; boundary=\"'()+_,-./:=?\"")
broken("boundary-of-one-character", lambda f: form([field(f.data)], "x"), SERVER,
       kind="multipart/form-data; boundary=x")
broken("boundary-of-500-characters", lambda f: form([field(f.data)], "y" * 500),
       expect=infected_or("malformed"), kind="multipart/form-data; boundary=" + "y" * 500)
broken("boundary-in-file", lambda f: form([TEXT, field(f.data + b"\r\n--" + BOUNDARY.encode()[:-1])]))
broken("declared-as-urlencoded", lambda f: form([field(f.data)]), "scripts that look at the body themselves",
       kind="application/x-www-form-urlencoded")
broken("declared-as-octet-stream", lambda f: form([field(f.data)]), "scripts that look at the body themselves",
       kind="application/octet-stream")
broken("header-folded", lambda f: form([field(f.data, b'form-data;\r\n name="file";\r\n\tfilename="eicar.com"')]))
broken("header-without-space", lambda f: form([field(f.data)]).replace(b"Disposition: ", b"Disposition:"))
broken("header-in-odd-case", lambda f: form([field(f.data)]).replace(b"Content-D", b"cONTENT-d"))
broken("header-of-100-kilobytes", lambda f: form([field(f.data, more=b"X-Long: " + b"x" * 100000 + b"\r\n")]))
broken("header-nul", lambda f: form([field(f.data, more=b"X-Nul: \0\r\n")]))
broken("hundred-part-headers", lambda f: form([field(f.data, more=b"X-A: b\r\n" * 100)]))


@wrapping(SERVER, infected(), directions=("REQMOD",), method="PUT", filename="eicar.com")
def upload_put(file):
    return file.data


@wrapping("a server that decodes the field itself; JsonBase64 is on", infected("json > *"),
          directions=("REQMOD",), kind="application/json")
def upload_json_base64(file):
    return json.dumps({"name": "eicar.com", "content": base64.b64encode(file.data).decode()}).encode()


@wrapping("a server that decodes the field itself; JsonBase64 is on", infected("* > *"),
          directions=("REQMOD",), kind="application/json; charset=utf-8")
def upload_json_data_uri(file):
    uri = "data:application/octet-stream;base64," + base64.b64encode(file.data).decode()
    return json.dumps({"a": [1, {"file": uri}]}).encode()


@wrapping("a server that decodes the field itself; JsonBase64 is on", infected_or("malformed"),
          directions=("REQMOD",), kind="application/json")
def upload_json_escaped_base64(file):
    text = base64.b64encode(file.data).decode()
    return ('{"content":"' + "".join(f"\\u{ord(c):04x}" for c in text) + '"}').encode()


@wrapping("a server that decodes the field itself; JsonBase64 is on", infected("json > *"),
          directions=("REQMOD",), kind="application/json")
def upload_json_url_safe_base64(file):
    return json.dumps({"content": base64.urlsafe_b64encode(file.data).decode().rstrip("=")}).encode()


@wrapping("the server: a base64 field of a form", infected_or("none"), directions=("REQMOD",),
          kind="application/x-www-form-urlencoded")
def upload_urlencoded_base64(file):
    return b"name=x&file=" + base64.b64encode(file.data).replace(b"+", b"%2B").replace(b"=", b"%3D")
