# SPDX-License-Identifier: GPL-2.0-or-later
"""Pages: data: URIs as browsers read them, whatever tag, attribute, reference or charset carries them."""

import base64
import gzip
import html
import urllib.parse

from bypass.formats.mime import attachment, mail_with
from bypass.formats.zips import DEFLATE, Entry, write
from disguises.case import EVIL, MAIL, PAGE, File, disguise

BROWSER = "every browser (WHATWG parser)"
ZIP = write([Entry(EVIL.name, EVIL.data, DEFLATE)])
PAYLOAD = base64.b64encode(ZIP).decode()
URI = "data:application/zip;base64," + PAYLOAD


def page(body):
    if isinstance(body, str):
        body = body.encode()
    return b"<!DOCTYPE html>\n<html><head><title>x</title></head><body>" + body + b"</body></html>\n"


def link(uri, quote='"'):
    return page(f"<a download=x.zip href={quote}{uri}{quote}>x</a>")


def spaced(text, every, what):
    return what.join(text[i:i + every] for i in range(0, len(text), every))


@disguise(5, BROWSER, **PAGE)
def data_uri_word():
    for word in ("BASE64", "Base64", "bASE64", "base64", "bAsE64"):
        yield f"word-{word}", link(f"data:application/zip;{word},{PAYLOAD}")
    for scheme in ("DATA", "Data", "dAtA"):
        yield f"scheme-{scheme}", link(f"{scheme}:application/zip;BASE64,{PAYLOAD}")
    for name, head in (("space-before-comma", ";base64 ,"), ("space-before-base64", "; base64,"), ("spaces-around", ";  base64  ,"),
                       ("space-behind-semicolon-capitals", "; BASE64 ,"), ("parameter-first", ";charset=utf-8;base64,"),
                       ("quoted-parameter", ';name="a,b";base64,'), ("parameter-twice", ";a=b;c=d;base64,"),
                       ("empty-parameter", ";;base64,")):
        uri = "data:application/zip" + head + PAYLOAD
        rank = {"rank": 3} if "quoted" in name else {}
        yield name, link(uri, "'"), rank
    yield "no-type", link("data:;base64," + PAYLOAD)
    yield "odd-type", link("data:x/y z;base64," + PAYLOAD)
    yield "slash-in-type", link("data:a/b/c;base64," + PAYLOAD)
    yield "fragment", link(URI + "#top")
    yield "query-like", link("data:application/zip?x;base64," + PAYLOAD)
    yield "padding-missing", link(URI.rstrip("="))
    yield "padding-percent", link(URI.replace("=", "%3D"))
    yield "payload-in-lines", link(spaced(URI, 64, "\n"))
    yield "payload-crlf", link(spaced(URI, 64, "\r\n"))
    yield "payload-tabs", link(spaced(URI, 5, "\t"))
    yield "payload-spaces", link("data:application/zip;base64," + spaced(PAYLOAD, 60, " "))
    yield "payload-formfeeds", link("data:application/zip;base64," + spaced(PAYLOAD, 60, "%0c"))


@disguise(5, BROWSER, **PAGE)
def data_uri_reference():
    """One character reference is enough to hide."""
    forms = {"decimal": "&#{0};", "hex": "&#x{0:x};", "hex-capitals": "&#X{0:X};", "zeros": "&#{0:010};",
             "hex-zeros": "&#x{0:012x};", "many-zeros": "&#{0:050};"}
    for name, form in forms.items():
        yield f"comma-{name}", link(URI.replace(",", form.format(44)))
        yield f"colon-{name}", link(URI.replace(":", form.format(58)))
        yield f"semicolon-{name}", link(URI.replace(";", form.format(59)))
        yield f"one-letter-{name}", link(URI.replace("base64", "b" + form.format(97) + "se64"))
        yield f"scheme-letter-{name}", link(form.format(100) + URI[1:])
        at = len(URI) - 60
        yield f"payload-letter-{name}", link(URI[:at] + form.format(ord(URI[at])) + URI[at + 1:])
        yield f"first-payload-letter-{name}", link(URI.replace(PAYLOAD, form.format(ord(PAYLOAD[0])) + PAYLOAD[1:]))
        yield f"ten-payload-letters-{name}", link(URI[:60] + "".join(form.format(ord(c)) for c in URI[60:70]) + URI[70:])
        yield f"whole-{name}", link("".join(form.format(ord(c)) for c in URI))
    for name, ref in (("comma", "&comma;"), ("colon", "&colon;"), ("semi", "&semi;"), ("slash", "&sol;"), ("equals", "&equals;"),
                      ("plus", "&plus;")):
        character = html.unescape(ref)
        yield f"named-{name}", link(URI.replace(character, ref))
    yield "named-newlines", link(spaced(URI, 60, "&NewLine;"))
    yield "named-tab", link(URI.replace("data", "da&Tab;ta"))
    yield "named-tab-in-payload", link(URI[:80] + "&Tab;" + URI[80:])
    yield "no-semicolon", link("".join(f"&#{ord(c)}" + (";" if c.isdigit() else "") for c in URI[:5]) + URI[5:])
    yield "no-semicolon-comma", link(URI.replace(",", "&#44"))if not PAYLOAD[0].isdigit() else link(URI)
    yield "no-semicolon-whole", link("".join(f"&#{ord(c)}" if not d.isdigit() else f"&#{ord(c)};" for c, d in zip(URI, URI[1:] + ' ')))
    yield "carriage-return", link(URI.replace("data", "da&#13;ta"))
    yield "line-feed", link(URI.replace(":", ":&#10;"))
    yield "control-before", link("&#1;&#32;" + URI)


@disguise(5, BROWSER, **PAGE)
def data_uri_percent():
    yield "some", link("data:application/zip;base64," + "".join(f"%{ord(c):02X}" if i % 5 == 0 else c for i, c in enumerate(PAYLOAD)))
    yield "one", link("data:application/zip;base64," + f"%{ord(PAYLOAD[0]):02x}" + PAYLOAD[1:])
    yield "all", link("data:application/zip;base64," + "".join(f"%{ord(c):02x}" for c in PAYLOAD))
    yield "plain", link("data:application/zip," + urllib.parse.quote(ZIP, safe=""))
    yield "plain-all", link("data:application/zip," + "".join(f"%{b:02X}" for b in ZIP))
    yield "plain-eicar", link("data:application/octet-stream," + urllib.parse.quote(EVIL.data, safe=""))
    yield "plain-half", link("data:," + "".join(chr(b) if chr(b).isalnum() else f"%{b:02x}" for b in EVIL.data))
    yield "plain-no-type", link("data:," + urllib.parse.quote(ZIP))
    yield "percent-and-reference", link("data:application/zip;base64," + "".join(f"&#37;{ord(c):02x}" for c in PAYLOAD[:4]) + PAYLOAD[4:])
    yield "white-space", link("data:application/zip;base64," + spaced(PAYLOAD, 50, "%0A"))
    yield "white-space-blanks", link("data:application/zip;base64," + spaced(PAYLOAD, 50, "%20"))


@disguise(5, BROWSER, **PAGE)
def data_uri_place():
    """Tags and attributes, and how they may be written."""
    yield "no-quotes", page(f"<a download href={URI.rstrip('=')}>x</a>")
    yield "single-quotes", link(URI, "'")
    yield "blanks-around-equals", page(f'<a href \n = \t "{URI}" download>x</a>')
    yield "capitals", page(f'<A HREF="{URI}" DOWNLOAD>x</A>')
    yield "slash-between", page(f'<a/href="{URI}"/download>x</a>')
    yield "no-blank-between", page(f'<a download="x"href="{URI}">x</a>')
    yield "attribute-behind-greater", page(f'<a title=">" href="{URI}">x</a>')
    yield "formfeed", page(f'<a\x0chref="{URI}">x</a>')
    yield "junk-attributes", page(f'<a <"\' href="{URI}">x</a>')
    yield "leading-blanks", link("  \n " + URI)
    yield "leading-controls", link("\x01\x02" + URI)
    yield "tab-in-scheme", link("da\tta" + URI[4:])
    yield "newline-in-scheme", link("d\na\nt\na" + URI[4:])
    yield "newline-in-base64", link(URI.replace("base64", "bas\ne64"))
    yield "nul-tag", page(f'<a href="{URI}" \0>x</a>')
    for tag in ('iframe src="{}"', 'embed src="{}"', 'object data="{}"', 'img src="{}"', 'frame src="{}"', 'area href="{}"',
                'video src="{}"', 'source src="{}"', 'link rel=prefetch href="{}"', 'form action="{}"', 'input formaction="{}"',
                'meta http-equiv=refresh content="0;url={}"', 'base href="{}"', 'script src="{}"', 'body background="{}"',
                'button formaction="{}"', 'img srcset="{} 2x"', 'a ping="x" href="{}"', 'p style="background:url({})"'):
        name = "-".join(tag.replace("=", " ").split()[:2]) + ("-" + tag.split()[2].split("=")[0] if tag.count(" ") > 1 else "")
        yield f"tag-{name}".replace('"', ""), page(f"<{tag.format(URI.replace('base64', 'BASE64'))}>")
        yield f"tag-{name}-reference".replace('"', ""), page(f"<{tag.format(URI.replace(',', '&#44;'))}>")
    yield "xlink", page(f'<svg><a xlink:href="{URI.replace(",", "&#44;")}"><text>x</text></a></svg>')
    yield "style-sheet", page(f"<style>p{{background:url( '{URI}' )}}</style>")
    yield "style-escape", page("<style>p{background:url('" + URI.replace("base64", "b\\61 se64") + "')}</style>"), {"rank": 3}
    yield "srcdoc", page(f'<iframe srcdoc="&lt;a href=&quot;{URI.replace(",", "&amp;#44;")}&quot;&gt;"></iframe>'), {"rank": 4}
    yield "template", page(f'<template><a href="{URI.replace(",", "&comma;")}"></a></template>')
    yield "noscript", page(f'<noscript><a href="{URI.replace(",", "&comma;")}"></a></noscript>')
    yield "unclosed-comment-before", page(f'<!--><a href="{URI.replace(",", "&comma;")}">x</a>')
    yield "comment-odd-end", page(f'<!-- x --!><a href="{URI.replace(",", "&comma;")}">x</a>')
    yield "cdata-like", page(f'<![CDATA[ > ]]><a href="{URI.replace(",", "&comma;")}">x</a>')
    yield "title-closed", page(f'</title><a href="{URI.replace(",", "&comma;")}">x</a>')
    yield "textarea-closed", page(f'<textarea></textarea ><a href="{URI.replace(",", "&comma;")}">x</a>')
    yield "script-closed", page(f'<script>"</scr"+"ipt>"</script/><a href="{URI.replace(",", "&comma;")}">x</a>')
    yield "behind-100k", page("x" * 100000 + f'<a href="{URI.replace(",", "&#44;")}">x</a>')
    yield "attribute-of-100k", page(f'<a title="{"x" * 100000}" href="{URI.replace(",", "&#44;")}">x</a>')


HIDDEN = link(URI.replace(",", "&#44;"))
OPEN = link(URI)


@disguise(4, BROWSER, **PAGE)
def page_charset():
    """The charset by mark, header or meta."""
    for codec, bom in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff"), ("utf-8", b"\xef\xbb\xbf")):
        for name, body in (("open", OPEN), ("reference", HIDDEN), ("capitals", OPEN.replace(b"base64", b"BASE64"))):
            yield f"{codec}-bom-{name}", bom + body.decode().encode(codec), {"kind": "text/html"}
    for codec in ("utf-16le", "utf-16be", "UTF-16LE", "utf-16", "unicode", "csunicode", "iso-10646-ucs-2", "unicodefeff", "ucs-2"):
        real = "utf-16-be" if "be" in codec.lower() else "utf-16-le"
        yield f"header-{codec}", HIDDEN.decode().encode(real), {"kind": f"text/html; charset={codec}", "rank": 3}
    yield "header-quoted-utf-16be", OPEN.decode().encode("utf-16-be"), {"kind": 'text/html; charset="utf-16be"', "rank": 3}
    yield "header-capitals", OPEN.decode().encode("utf-16-be"), {"kind": "text/html; CHARSET=UTF-16BE", "rank": 3}
    yield "header-iso-2022-jp", b"\x1b(J" + HIDDEN + b"\x1b(B", {"kind": "text/html; charset=iso-2022-jp", "rank": 3}
    yield "header-iso-2022-jp-inside", OPEN.replace(b"base64", b"ba\x1b(Bse\x1b(B64"), {"kind": "text/html; charset=iso-2022-jp", "rank": 3}
    yield "meta-iso-2022-jp", b"<meta charset=iso-2022-jp>" + OPEN.replace(b"base64", b"ba\x1b(Bse64"), {"kind": "text/html", "rank": 3}
    shifted = page("<a href='data:application/zip;base64," + spaced(PAYLOAD, 1, "\x1b(B") + "'>x</a>")
    yield "header-iso-2022-jp-each-letter", shifted, {"kind": "text/html; charset=iso-2022-jp"}
    yield "meta-iso-2022-jp-each-letter", b"<meta charset=iso-2022-jp>" + shifted, {"kind": "text/html"}
    yield "meta-http-equiv", b'<meta http-equiv=Content-Type content="text/html;charset=iso-2022-jp">' + \
        OPEN.replace(b"data:", b"da\x1b(Bta:"), {"kind": "text/html", "rank": 3}
    yield "xhtml", b'<?xml version="1.0" encoding="utf-16"?>'.decode().encode("utf-16") + HIDDEN.decode().encode("utf-16-le"), \
        {"kind": "application/xhtml+xml", "rank": 3}
    yield "no-type", HIDDEN, {"kind": "application/octet-stream", "name": "download"}
    yield "named-html-only", HIDDEN, {"kind": "application/octet-stream", "name": "x.htm"}
    yield "plain-text-named-html", HIDDEN, {"kind": "text/plain", "name": "x.html"}
    yield "gzip", gzip.compress(HIDDEN, mtime=0), {"headers": ("Content-Encoding: gzip",)}


@disguise(3, BROWSER + ": the name or the type says that it is a page", kind="application/octet-stream", name="download?id=1")
def page_behind_other_marks():
    for name, mark in (("bm", b"BM"), ("gif", b"GIF89a"), ("mz", b"MZ"), ("pk", b"PK\3\4"), ("text", b"hello "), ("nul", b"\0"),
                       ("pdf", b"%PDF-1.4\n"), ("jpeg", b"\xff\xd8\xff\xe0")):
        yield f"{name}-disposition", mark + HIDDEN, {"headers": ('Content-Disposition: attachment; filename="invoice.html"',)}
        yield f"{name}-disposition-extended", mark + HIDDEN, {"headers": ("Content-Disposition: attachment; filename*=UTF-8''invoice.htm",)}
        yield f"{name}-type", mark + HIDDEN, {"kind": "text/html"}
        yield f"{name}-svg-name", mark + HIDDEN, {"headers": ('Content-Disposition: inline; filename="x.xhtml"',), "rank": 2}


@disguise(4, BROWSER, kind="image/svg+xml", name="x.svg")
def svg_page():
    def svg(body, head=""):
        return f'<?xml version="1.0"?>{head}<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{body}</svg>'
    where = {"link": '<a xlink:href="{}"><text>x</text></a>', "href": '<a href="{}"><text>x</text></a>', "script": '<script href="{}"/>',
             "image": '<image href="{}"/>', "use": '<use xlink:href="{}#a"/>', "foreign": '<foreignObject><a xmlns="http://www.w3.org/1999/'
             'xhtml" href="{}">x</a></foreignObject>', "animate": '<a><animate attributeName="href" values="{}"/></a>'}
    for name, form in where.items():
        yield f"{name}-capitals", svg(form.format(URI.replace("base64", "BASE64"))).encode()
        yield f"{name}-reference", svg(form.format(URI.replace(",", "&#44;"))).encode()
        yield f"{name}-entity-letter", svg(form.format(URI.replace("base64", "b&#x61;se64"))).encode()
        yield f"{name}-utf16", svg(form.format(URI)).encode("utf-16")
    yield "dtd-payload", svg(where["link"].format("data:application/zip;base64,&p;"), f'<!DOCTYPE svg [<!ENTITY p "{PAYLOAD}">]>').encode(), {"rank": 3}
    yield "dtd-whole", svg(where["link"].format("&p;"), f'<!DOCTYPE svg [<!ENTITY p "{URI}">]>').encode(), {"rank": 3}
    yield "dtd-comma", svg(where["href"].format(URI.replace(",", "&c;")), "<!DOCTYPE svg [<!ENTITY c ','>]>").encode(), {"rank": 3}
    yield "dtd-nested", svg(where["href"].format("&b;"), f'<!DOCTYPE svg [<!ENTITY a "{PAYLOAD}"><!ENTITY b "data:application/zip;base64,&a;">]>').encode(), {"rank": 3}


@disguise(5, "the user opens the attachment in a browser", **MAIL)
def page_in_mail():
    for name, body in (("comma", HIDDEN), ("letter", link(URI.replace("base64", "b&#97;se64"))),
                       ("payload-letter", link(URI[:-60] + f"&#{ord(URI[-60])};" + URI[-59:])), ("capitals", link(URI.replace("base64", "BASE64"))),
                       ("utf16", b"\xff\xfe" + HIDDEN.decode().encode("utf-16-le"))):
        for kind in (b"text/html", b"application/octet-stream", b"application/xhtml+xml"):
            yield f"{name}-{kind.decode().replace('/', '-')}", mail_with(attachment(File("invoice.htm", body), kind=kind))
        yield f"{name}-in-zip", mail_with(attachment(File("invoice.zip", write([Entry("invoice.htm", body, DEFLATE)]))))


@disguise(4, "the user opens the page of the archive in a browser", name="x.zip")
def page_in_zip():
    for name, body in (("comma", HIDDEN), ("letter", link(URI.replace("base64", "b&#97;se64"))), ("utf16-le", HIDDEN.decode().encode("utf-16"))):
        for inside in ("invoice.html", "invoice.svg", "invoice.HTM", "invoice.xhtml", "invoice"):
            yield f"{name}-{inside}", write([Entry(inside, body, DEFLATE)])
