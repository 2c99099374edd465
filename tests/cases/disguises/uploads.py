# SPDX-License-Identifier: GPL-2.0-or-later
"""Uploads: which boundary counts, where part headers end, what follows a close delimiter; other bodies."""

import base64
import gzip
import json
import urllib.parse

from bypass.formats.zips import DEFLATE, zip_of
from disguises.case import EVIL, FORM, disguise

SERVER = "PHP, Flask, Node and other servers"
FIELD = b'Content-Disposition: form-data; name="f"; filename="e.com"\r\n'
ZIP = zip_of(EVIL, DEFLATE)
B64 = base64.b64encode(ZIP).decode()
POST = {"method": "POST", "url": "http://example.test/upload.php"}


def part(data=EVIL.data, head=FIELD, boundary=b"aaa", line=b"\r\n", gap=b"\r\n"):
    return b"--" + boundary + line + head + gap + data + line


def form(boundary=b"aaa", data=EVIL.data, end=True, **more):
    return part(data, boundary=boundary, **more) + (b"--" + boundary + b"--\r\n" if end else b"")


def around(inner, boundary=b"zz"):
    """The form of one boundary as what another boundary sees as text before the first part."""
    return inner + b"--" + boundary + b"\r\n\r\nhi\r\n--" + boundary + b"--\r\n"


@disguise(4, SERVER, **FORM)
def upload_boundary():
    kinds = {"twice-last": "boundary=zz; boundary=aaa", "twice-first": "boundary=aaa; boundary=zz", "prefix-name": "xboundary=aaa; boundary=zz",
             "prefix-dash": "--boundary=aaa; boundary=zz", "suffix-name": "boundaryx=aaa; boundary=zz", "in-value": 'x="boundary=aaa"; boundary=zz',
             "in-type": "boundary=zz; x=boundary=aaa", "capitals": "BOUNDARY=aaa", "mixed": "Boundary=aaa; boundary=zz", "comma": "boundary=aaa, boundary=zz",
             "comma-cut": "boundary=aaa,zz", "blank-cut": "boundary=aaa zz", "extended": "boundary*=utf-8''aaa; boundary=zz", "extended-alone":
             "boundary*=us-ascii''aaa", "pieces": "boundary*0=a; boundary*1=aa", "quoted": 'boundary="aaa"', "quoted-escape": 'boundary="a\\aa"',
             "single-quotes": "boundary='aaa'", "unclosed-quote": 'boundary="aaa', "blanks-around-equals": "boundary = aaa", "tab": "boundary=\taaa",
             "semicolons": ";;; boundary=aaa", "no-blank": "charset=utf-8;boundary=aaa", "comment": "(boundary=zz) boundary=aaa",
             "percent": "boundary=%61aa; boundary=zz", "trailing-blank": "boundary=aaa  ", "trailing-quote": 'boundary=aaa"'}
    for name, parameters in kinds.items():
        kind = {"kind": "multipart/form-data; " + parameters}
        yield name, form(), kind
        yield f"{name}-before-other", around(form()), kind
        yield f"{name}-inside-other", b"--zz\r\n" + FIELD + b"\r\n" + form() + b"--zz--\r\n", kind
    for name, kind in (("comma-type", "multipart/form-data, boundary=aaa"), ("no-semicolon", "multipart/form-data boundary=aaa"),
                       ("mixed-type", "Multipart/Form-Data; boundary=aaa"), ("other-subtype", "multipart/mixed; boundary=aaa"),
                       ("related", 'multipart/related; boundary=aaa; type="application/xop+xml"'), ("text-before", "text/plain; multipart/form-data; boundary=aaa"),
                       ("type-suffix", "multipart/form-data-x; boundary=aaa"), ("blank-before", " multipart/form-data; boundary=aaa")):
        yield f"type-{name}", form(), {"kind": kind}
    yield "two-header-lines", form(), {"kind": "multipart/form-data; boundary=zz", "headers": ("Content-Type: multipart/form-data; boundary=aaa",)}
    yield "two-header-lines-turned", form(), {"headers": ("Content-Type: multipart/form-data; boundary=zz",)}
    yield "second-line-other-type", form(), {"kind": "text/plain", "headers": ("Content-Type: multipart/form-data; boundary=aaa",)}
    for size in (70, 71, 200, 1000, 4000):
        long = b"b" * size
        yield f"long-{size}", form(long), {"kind": "multipart/form-data; boundary=" + long.decode()}
    for size in (300, 4000, 5000, 60000):
        yield f"behind-{size}-bytes", form(), {"kind": "multipart/form-data; x=" + "y" * size + "; boundary=aaa"}


@disguise(3, SERVER, **FORM)
def upload_part_head():
    heads = {"cr": FIELD.replace(b"\r\n", b"\r"), "lf": FIELD.replace(b"\r\n", b"\n"), "folded": b'Content-Disposition: form-data;\r\n name="f";\r\n\tfilename="e.com"\r\n',
             "capitals": FIELD.upper(), "blank-before-colon": FIELD.replace(b":", b" :"), "no-blank": FIELD.replace(b": ", b":"), "nul-line": FIELD + b"\0\r\n",
             "junk-line": FIELD + b"junk\r\n", "cte-base64": FIELD + b"Content-Transfer-Encoding: binary\r\n", "single-quotes": FIELD.replace(b'"', b"'"),
             "no-quotes": FIELD.replace(b'"', b""), "extended-name": b"Content-Disposition: form-data; name=f; filename*=UTF-8''e.com\r\n",
             "no-name": b"Content-Disposition: form-data\r\n", "attachment": b'Content-Disposition: attachment; filename="e.com"\r\n', "twice": FIELD + FIELD,
             "none": b"", "long-name": FIELD.replace(b"e.com", b"e" * 5000), "many-lines": FIELD + b"X: y\r\n" * 300, "empty-filename": FIELD.replace(b"e.com", b"")}
    for name, head in heads.items():
        yield name, form(head=head)
        if not name.startswith(("cr", "lf")):
            yield f"{name}-nul-ends-head", form(head=head, gap=b"\0\r\n"), {"opens": "PHP", "rank": 3}
        yield f"{name}-zip", form(head=head, data=ZIP)
    yield "cte-base64-body", form(head=FIELD + b"Content-Transfer-Encoding: base64\r\n", data=base64.encodebytes(ZIP))
    yield "lf-everywhere", form(line=b"\n", gap=b"\n", head=FIELD.replace(b"\r\n", b"\n")).replace(b"\r\n", b"\n")
    yield "cr-everywhere", form(line=b"\r", gap=b"\r", head=FIELD.replace(b"\r\n", b"\r")).replace(b"\r\n", b"\r"), {"rank": 1}
    yield "lf-lf-gap", form(gap=b"\n")
    yield "blank-gap", form(gap=b" \r\n"), {"rank": 2}
    yield "delimiter-blanks", form().replace(b"--aaa\r\n", b"--aaa  \t\r\n")
    yield "delimiter-junk", form().replace(b"--aaa\r\n", b"--aaajunk\r\n"), {"rank": 2}
    yield "delimiter-lf", form().replace(b"--aaa\r\n", b"--aaa\n")
    yield "delimiter-one-dash", form().replace(b"--aaa", b"-aaa"), {"rank": 1}
    yield "nested-mixed", b"--aaa\r\nContent-Disposition: form-data; name=f\r\nContent-Type: multipart/mixed; boundary=bb\r\n\r\n" + form(b"bb") + b"\r\n--aaa--\r\n"


@disguise(3, SERVER, **FORM)
def upload_delimiter_order():
    plain = part(b"hi", b"Content-Disposition: form-data; name=a\r\n")
    yield "close-first", b"--aaa--\r\n" + form()
    yield "close-first-no-line", b"--aaa--" + b"\r\n" + form(end=False)
    yield "close-in-middle", plain + b"--aaa--\r\n" + form()
    yield "close-in-middle-junk", plain + b"--aaa--junk\r\n" + form()
    yield "close-twice", plain + b"--aaa--\r\n--aaa--\r\n" + form()
    yield "close-one-dash", plain + b"--aaa-\r\n" + form()
    yield "close-blank", plain + b"--aaa -- \r\n" + form()
    yield "no-close", form(end=False)
    yield "no-line-before-close", b"--aaa\r\n" + FIELD + b"\r\n" + EVIL.data + b"--aaa--\r\n"
    yield "cut-in-data", (b"--aaa\r\n" + FIELD + b"\r\n" + EVIL.data)
    yield "preamble", b"x\r\n" + form()
    yield "preamble-no-line", b"x" + form(), {"rank": 2}
    yield "line-before", b"\r\n" + form()
    yield "epilogue", plain + b"--aaa--\r\n" + EVIL.data, {"rank": 1, "opens": "nobody but a store of the whole body"}
    yield "empty-part-first", b"--aaa\r\n--aaa\r\n" + FIELD + b"\r\n" + EVIL.data + b"\r\n--aaa--\r\n"
    yield "many-parts", plain * 300 + form()


@disguise(3, "PHP, every form server decodes it by itself", kind="application/x-www-form-urlencoded", **POST)
def upload_urlencoded():
    def percent(data, lower=False):
        text = "".join(f"%{b:02X}" for b in data)
        return text.lower() if lower else text
    yield "all", b"f=" + percent(EVIL.data).encode()
    yield "all-lower", b"f=" + percent(EVIL.data, True).encode()
    yield "quoted", b"a=1&f=" + urllib.parse.quote_plus(EVIL.data).encode() + b"&b=2"
    yield "zip", b"f=" + urllib.parse.quote_plus(ZIP).encode()
    yield "zip-all", b"f=" + percent(ZIP).encode()
    yield "base64", b"f=" + urllib.parse.quote_plus(B64).encode()
    wide = b"".join(b"%%u%04x" % b for b in EVIL.data)
    yield "wide", b"f=" + wide, {"opens": "classic ASP", "rank": 1}
    yield "wide-long", b"f=" + wide * 300, {"opens": "classic ASP", "rank": 1}
    yield "data-uri", b"f=" + urllib.parse.quote_plus("data:application/zip;base64," + B64).encode()
    yield "in-name", percent(EVIL.data).encode() + b"=1", {"rank": 2}
    yield "semicolon", b"a=1;f=" + percent(EVIL.data).encode()
    yield "no-name", percent(EVIL.data).encode(), {"rank": 2}
    yield "type-parameter", b"f=" + percent(EVIL.data).encode(), {"kind": "application/x-www-form-urlencoded; charset=UTF-8"}
    yield "type-capitals", b"f=" + percent(EVIL.data).encode(), {"kind": "Application/X-WWW-Form-URLEncoded"}
    yield "behind-9000", b"a=" + b"x" * 9000 + b"&f=" + percent(EVIL.data).encode()


@disguise(2, "Microsoft Graph, Gmail and Exchange decode it by themselves", kind="application/json", **POST)
def upload_json_and_xml():
    yield "graph", json.dumps({"@odata.type": "#microsoft.graph.fileAttachment", "name": "x.zip", "contentBytes": B64}).encode()
    yield "plain", json.dumps({"contentBytes": base64.b64encode(EVIL.data).decode()}).encode()
    yield "url-safe", json.dumps({"raw": base64.urlsafe_b64encode(ZIP).decode().rstrip("=")}).encode()
    yield "escaped-slash", json.dumps({"data": B64}).replace("/", "\\/").encode()
    yield "escaped-letter", ('{"data":"\\u%04x%s"}' % (ord(B64[0]), B64[1:])).encode()
    yield "in-lines", json.dumps({"data": base64.encodebytes(ZIP).decode()}).encode()
    yield "data-uri", json.dumps({"file": "data:application/zip;base64," + B64}).encode()
    yield "nested", json.dumps({"a": [{"b": {"c": [1, B64]}}]}).encode()
    yield "utf16", json.dumps({"data": B64}).encode("utf-16-le"), {"rank": 1}
    yield "json-api-type", json.dumps({"data": B64}).encode(), {"kind": "application/vnd.api+json"}
    soap = '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'
    ews = '<t:FileAttachment xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"><t:Name>x.zip</t:Name><t:Content{}>{}</t:Content></t:FileAttachment>'
    xml = {"kind": "text/xml; charset=utf-8"}
    yield "ews", soap.format(ews.format("", B64)).encode(), xml
    yield "ews-mime", soap.format(f"<t:MimeContent CharacterSet='UTF-8'>{base64.b64encode(EVIL.data).decode()}</t:MimeContent>").encode(), xml
    yield "ews-soap12", soap.format(ews.format("", B64)).encode(), {"kind": "application/soap+xml"}
    yield "ews-lines", soap.format(ews.format(" x='1'", base64.encodebytes(ZIP).decode())).encode(), xml
    yield "ews-cdata", soap.format(ews.format("", f"<![CDATA[{B64}]]>")).encode(), xml
    yield "ews-reference", soap.format(ews.format("", f"&#{ord(B64[0])};{B64[1:]}")).encode(), xml
    yield "xml-rpc", f"<methodCall><params><param><value><base64>{B64}</base64></value></param></params></methodCall>".encode(), xml


@disguise(3, "the server unpacks it", **POST)
def upload_encoded_body():
    for token in ("gzip", "x-gzip", "GZIP"):
        yield token, gzip.compress(form(), mtime=0), {"kind": FORM["kind"], "headers": (f"Content-Encoding: {token}",)}
    yield "php-input-zip", ZIP, {"kind": "application/octet-stream"}
    yield "put", EVIL.data, {"method": "PUT"}
    yield "patch", EVIL.data, {"method": "PATCH"}
    yield "wrong-type-form", form(), {"kind": "text/plain"}
    yield "no-boundary-parameter", form(), {"kind": "multipart/form-data"}
