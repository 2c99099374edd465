# SPDX-License-Identifier: GPL-2.0-or-later
"""Scripts: plain literals that a browser turns into a file by itself."""

import base64
import gzip
import json
import plistlib
import urllib.parse
import zlib

import brotli

from bypass.formats.mime import attachment, mail_with
from bypass.formats.zips import deflate
from disguises.case import EVIL, MAIL, PAGE, File, disguise
from disguises.pages import PAYLOAD, URI, ZIP, page, spaced
from disguises.rareformats import git_pack

BROWSER = "every browser runs it"
PLAIN = base64.b64encode(EVIL.data).decode()


def script(text, tag="script"):
    return page(f"<{tag}>{text}</{tag.split()[0]}>")


def literals():
    for name, text in (("zip", PAYLOAD), ("plain", PLAIN)):
        half = len(text) // 2
        yield f"{name}-double", f'"{text}"'
        yield f"{name}-single", f"'{text}'"
        yield f"{name}-backtick", f"`{text}`"
        yield f"{name}-two-pieces", f'"{text[:half]}"+"{text[half:]}"'
        yield f"{name}-two-pieces-blanks", f"'{text[:half]}'\n  + '{text[half:]}'"
        yield f"{name}-many-pieces", " + ".join(f'"{text[i:i + 20]}"' for i in range(0, len(text), 20))
        yield f"{name}-join", "[" + ",".join(f'"{text[i:i + 30]}"' for i in range(0, len(text), 30)) + '].join("")'
        yield f"{name}-continued", '"' + spaced(text, 60, "\\\n") + '"'
        yield f"{name}-hex-escape", f'"\\x{ord(text[0]):02x}{text[1:]}"'
        yield f"{name}-unicode-escape", f'"{text[:9]}\\u{ord(text[9]):04x}{text[10:]}"'
        yield f"{name}-brace-escape", f'"{text[:9]}\\u{{{ord(text[9]):x}}}{text[10:]}"'
        yield f"{name}-comment-between", f'"{text[:half]}"/* x */+"{text[half:]}"'


@disguise(3, BROWSER, **PAGE)
def script_atob():
    for name, literal in literals():
        yield f"atob-{name}", script(f"var b=atob({literal});save(b)")
        yield f"variable-{name}", script(f"const s = {literal};\nsave(atob(s))")
    yield "window-atob", script(f'window.atob("{PAYLOAD}")')
    yield "atob-in-handler", page(f"<body onload='save(atob(\"{PAYLOAD}\"))'>")
    yield "module", script(f'save(atob("{PAYLOAD}"))', "script type=module")


@disguise(3, BROWSER, **PAGE)
def script_short_pieces():
    """Pieces too short to look like base64 each: atob() leaves white space out."""
    for name, text in (("zip", PAYLOAD), ("plain", PLAIN)):
        yield f"{name}-lines", script("save(atob(`" + spaced(text, 10, "\n") + "`))")
        yield f"{name}-blanks", script('save(atob("' + spaced(text, 3, " ") + '"))')
        yield f"{name}-continued", script('save(atob("' + spaced(text, 9, "\\\n") + '"))')
        yield f"{name}-added", script('var s="";' + "".join(f"s+='{text[i:i + 8]}';" for i in range(0, len(text), 8)) + "save(atob(s))")
        yield f"{name}-added-lines", script("var o = {};\no.s = '';\n" + "".join(
            f"o.s += '{text[i:i + 12]}' ;\n" for i in range(0, len(text), 12)) + "save(atob(o.s))")
        pieces = [text[i:i + 10] for i in range(0, len(text), 10)]
        yield f"{name}-assigned", script("var s='';" + "".join(f"s = s+'{piece}';" for piece in pieces) + "save(atob(s))")
        yield f"{name}-pushed", script("var s=[];" + "".join(f's.push("{piece}");' for piece in pieces) + "save(atob(s.join('')))")
        yield f"{name}-pushed-commas", script("var s=[];" + ",".join(f"s.push('{piece}')" for piece in pieces) + ";save(atob(s.join('')))")
        yield f"{name}-elements", script("var s=[];" + "".join(f"s[{i}]='{piece}';\n" for i, piece in enumerate(pieces)) +
                                         "save(atob(s.join('')))")


@disguise(3, BROWSER, **PAGE)
def script_unescape():
    for name, data in (("zip", ZIP), ("plain", EVIL.data)):
        yield f"{name}-unescape", script('save(unescape("' + "".join(f"%{b:02x}" for b in data) + '"))')
        yield f"{name}-unescape-u", script("save(unescape('" + "".join(f"%u{b:04X}" for b in data) + "'))")
    encoded = "".join(f"%{b:02X}" for b in EVIL.data)
    yield "decode-uri-component", script(f'save(new Blob([decodeURIComponent("{encoded}")]))')
    yield "decode-uri", script(f"save(decodeURI( '{encoded}' ))")


@disguise(3, BROWSER, **PAGE)
def script_bytes():
    numbers = ",".join(map(str, ZIP))
    hexes = ",".join(f"0x{b:02x}" for b in ZIP)
    for name, text in (("decimal", numbers), ("hex", hexes), ("blanks", numbers.replace(",", ", ")), ("lines", spaced(numbers, 60, "")
                       .replace(",", ",\n")), ("hex-capitals", hexes.replace("0x", "0X").upper()), ("trailing-comma", numbers + ",")):
        yield f"uint8array-{name}", script(f"var u=new Uint8Array([{text}]);save(new Blob([u]))")
        yield f"from-{name}", script(f"var u=Uint8Array.from([{text}]);save(u)")
        yield f"array-variable-{name}", script(f"var a=[{text}];save(new Blob([new Uint8Array(a)]))")
    yield "from-char-code", script(f"save(String.fromCharCode({','.join(map(str, EVIL.data))}))")
    yield "blob-string", script("save(new Blob(['" + EVIL.data.decode().replace("\\", "\\\\").replace("'", "\\'") + "']))")
    text = EVIL.data.decode().replace("\\", "\\\\")
    yield "blob-string-parentheses", script(f"save(new Blob([(\"{text}\")]))")
    yield "blob-string-joined", script(f"save(new Blob([\"{text[:20]}\" + \"{text[20:]}\"]))")
    yield "blob-string-joined-other-quotes", script(f"save(new Blob([('{text[:20]}' + // so\n`{text[20:]}`)]))")
    yield "string-hex-escapes", script('save("' + "".join(f"\\x{b:02x}" for b in ZIP) + '")')


@disguise(3, BROWSER, **PAGE)
def script_data_uri():
    for name, uri in (("capitals", URI.replace("base64", "BASE64")), ("escape", URI.replace("base64", "b\\x61se64")),
                      ("escape-digit", URI.replace("base64", "base\\x364")), ("unicode", URI.replace("data", "d\\u0061ta")),
                      ("brace", URI.replace("data", "d\\u{61}ta")), ("comma-escape", URI.replace(",", "\\x2c")), ("octal", URI.replace(",", "\\54"))):
        yield f"location-{name}", script(f'location="{uri}"')
        yield f"href-{name}", script(f'var a=document.createElement("a");a.href="{uri}";a.download="x.zip";a.click()')
        yield f"fetch-{name}", script(f"fetch('{uri}').then(r=>r.blob())")
        yield f"open-{name}", script(f"window.open(`{uri}`)"), {"rank": 2}
        yield f"file-{name}", f'fetch("{uri}").then(save);\n'.encode(), {"kind": "application/javascript", "name": "a.js"}
    head, payload = URI.split(",")
    yield "two-pieces", script(f'location="{head},"+"{payload}"')
    yield "payload-variable", script(f'var p="{payload}";location="{head},"+p')
    yield "template", script(f'var p="{payload}";location=`{head},${{p}}`')
    plain = "data:a/x," + "".join(f"%{b:02X}" for b in EVIL.data)
    yield "plain-mark-in-pieces", script(f"location='{plain[:1]}'+'{plain[1:]}'")
    yield "plain-in-other-quotes", script(f"location='{plain[:60]}'+`{plain[60:]}`")
    for name, uri in (("letter", URI.replace("data", "d\\ata")), ("letters", URI.replace("base64", "b\\a\\s\\e64")), ("tab", URI.replace("data", "da\\tta")),
                      ("line-end", URI.replace("base64", "base\\n64")), ("comma", URI.replace(",", "\\,")), ("tab-comma", URI.replace(",", "\\t,")),
                      ("every", "".join("\\" + c if c in "acdeghijklmopqswyzACDEGHIKLM" else c for c in URI))):
        yield f"own-{name}", script(f'location="{uri}"')
    for name, letters in (("one", "A"), ("many", "ACDEGHIKLM")):
        text = "".join("\\" + c if c in letters else c for c in urllib.parse.quote(EVIL.data, safe=""))
        yield f"plain-own-{name}", script(f'location="data:,{text}"')
        yield f"plain-own-{name}-pieces", script(f'location="data:,{text[:20]}"+ // so\n`{text[20:]}`')
    yield "javascript-link", page(f"<a href=\"javascript:location='{URI.replace(',', '%2c')}'\">x</a>"), {"rank": 2}


@disguise(4, "HTML smuggling by mail, as seen in the wild", **MAIL)
def script_in_mail():
    for name, body in (("atob", script(f'var b=atob("{PAYLOAD}");save(b)')), ("variable", script(f'var s="{PAYLOAD}";save(atob(s))')),
                       ("pieces", script(f'save(atob("{PAYLOAD[:50]}"+"{PAYLOAD[50:]}"))')),
                       ("bytes", script(f"save(new Uint8Array([{','.join(map(str, ZIP))}]))")),
                       ("href", script(f'a.href="{URI.replace("base64", "BASE64")}"'))):
        yield name, mail_with(attachment(File("invoice.htm", body), kind=b"text/html"))
        yield f"{name}-svg", mail_with(attachment(File("invoice.svg", b'<svg xmlns="http://www.w3.org/2000/svg">' +
                                                       body[body.find(b"<script"):body.find(b"</body")] + b"</svg>"), kind=b"image/svg+xml"))


def thirds(data):
    """Its base64 has no sign at its end that separates it from another one's."""
    return data + b"\n" * (-len(data) % 3)


@disguise(4, "the server that takes the list, the script that goes through it", kind="application/json", url="http://example.test/x.json")
def list_of_files():
    """Each literal is a file of its own, and none ends like one."""
    letter, other, noise = (base64.b64encode(thirds(d)).decode() for d in (b"This is a plain text of a letter.\n" * 2, b"<html><body>x</body></html>\n", b"\0\1\2\x99" * 24))
    for name, data in (("zip", ZIP), ("plain", EVIL.data)):
        file = base64.b64encode(thirds(data)).decode()
        for place, files in (("first", (file, letter)), ("middle", (letter, file, other)), ("last", (letter, other, file)), ("behind-noise", (noise, file, noise)),
                             ("of-many", (letter,) * 20 + (file,) + (other,) * 20)):
            yield f"{name}-json-{place}", json.dumps({"files": files}).encode()
            yield f"{name}-json-lines-{place}", json.dumps(files, indent=2).encode()
            yield f"{name}-script-{place}", f"f({', '.join(repr(f) for f in files)});\n".encode(), {"kind": "application/javascript", "name": "a.js"}
            yield f"{name}-lisp-{place}", f"(f {' '.join(json.dumps(f) for f in files)})\n".encode(), {"kind": "text/plain", "name": "a.el"}


@disguise(2, "Python, Perl, PHP, VBScript", kind="text/plain", url="http://example.test/x.txt")
def literals_joined_otherwise():
    for name, text in (("zip", PAYLOAD), ("plain", PLAIN)):
        for size in (13, 40, 76):
            pieces = [text[i:i + size] for i in range(0, len(text), size)]
            yield f"{name}-{size}-neighbours", ("x = b64decode(" + "\n    ".join(f'"{p}"' for p in pieces) + ")\n").encode()
            yield f"{name}-{size}-neighbours-bytes", ("x = b64decode(" + "\n    ".join(f"b'{p}'" for p in pieces) + ")\n").encode()
            yield f"{name}-{size}-neighbours-one-line", ("x = b64decode(" + " ".join(f'"{p}"' for p in pieces) + ")\n").encode()
            yield f"{name}-{size}-vbscript", ("x = " + " & _\r\n    ".join(f'"{p}"' for p in pieces) + "\r\n").encode()
            yield f"{name}-{size}-vbscript-one-line", ("x = " + "&".join(f'"{p}"' for p in pieces) + "\r\n").encode()
            yield f"{name}-{size}-dots", ("<?php $x = " + " .\n  ".join(f"'{p}'" for p in pieces) + ";\n").encode()
            yield f"{name}-{size}-dots-one-line", ("my $x = " + ".".join(f'"{p}"' for p in pieces) + ";\n").encode()


@disguise(3, "the script that unpacks it", kind="text/plain", url="http://example.test/x.txt")
def packed_without_mark():
    for name, data in (("zip", ZIP), ("plain", EVIL.data), ("large", EVIL.data + b"\n" * 70000)):
        raw = base64.b64encode(deflate(data)).decode()
        brotlied = base64.b64encode(brotli.compress(data)).decode()
        yield f"{name}-powershell", f"$s = New-Object IO.Compression.DeflateStream([IO.MemoryStream][Convert]::FromBase64String('{raw}'), 0)\r\n".encode()
        yield f"{name}-php", f'<?php eval(gzinflate(base64_decode("{raw}"))); ?>'.encode()
        yield f"{name}-python", f"import base64, zlib\nx = zlib.decompress(base64.b64decode('{raw}'), -15)\ninflate = 1\n".encode()
        yield f"{name}-browser", script(f'x(atob("{raw}"), new DecompressionStream("deflate-raw"))'), PAGE
        yield f"{name}-brotli", f"$s = [IO.Compression.BrotliStream]::new([Convert]::FromBase64String('{brotlied}'), 0)\r\n".encode()
        yield f"{name}-node-brotli", f"fs.writeFileSync('a', zlib.brotliDecompressSync(Buffer.from('{brotlied}', 'base64')))".encode()
        half = len(raw) // 2
        yield f"{name}-pieces", f"$x = '{raw[:half]}' +\n '{raw[half:]}'; [IO.Compression.DeflateStream]$x\n".encode()


@disguise(2, "PowerShell runs it", kind="text/plain", url="http://example.test/x.bat")
def encoded_command():
    """The command is base64 of UTF-16LE."""
    def wide(text):
        return base64.b64encode(text.encode("utf-16-le"))
    write = f"[IO.File]::WriteAllBytes('a.com',[Convert]::FromBase64String('{PLAIN}'))"
    yield "whole", b"@echo off\r\npowershell -NoProfile -EncodedCommand " + wide(write) + b"\r\n"
    yield "short-option", b"powershell -w hidden -e " + wide(write) + b"\r\n"
    yield "quoted", b'Shell "powershell -enc ' + wide(write) + b'"\r\n'
    yield "zip", b"powershell -e " + wide(write.replace(PLAIN, PAYLOAD)) + b"\r\n"
    yield "zlib", b"$b = [Convert]::FromBase64String('" + base64.b64encode(zlib.compress(EVIL.data)) + b"')\r\n"


def formats_in_base64():
    """Formats that begin like a word, like nothing, or like a text of wide letters."""
    page = '<html><a download href="data:application/octet-stream;base64,' + base64.b64encode(EVIL.data).decode() + '">x</a></html>'
    literal = b"\xcb" + bytes([len(EVIL.data) + 11]) + b"b\5e.com" + bytes(4) + EVIL.data
    yield "git-pack", git_pack()
    yield "git-bundle", b"# v2 git bundle\n" + b"0" * 40 + b" refs/heads/main\n\n" + git_pack()
    yield "binary-plist", plistlib.dumps({"a": EVIL.data}, fmt=plistlib.FMT_BINARY)
    yield "utf-16le", b"\xff\xfe" + page.encode("utf-16-le")
    yield "utf-16be", b"\xfe\xff" + page.encode("utf-16-be")
    yield "openpgp-literal", literal


@disguise(3, "the script, the address book, the server that takes it", kind="text/plain", url="http://example.test/x.txt")
def other_formats_in_base64():
    for name, data in formats_in_base64():
        text = base64.b64encode(data).decode()
        lines = "\n".join(text[i:i + 76] for i in range(0, len(text), 76))
        card = "\r\n ".join(("PHOTO;ENCODING=b;TYPE=JPEG:" + text)[i:i + 74] for i in range(0, len(text) + 27, 74))
        yield f"{name}-script", f"#!/bin/sh\nbase64 -d <<EOF >x\n{lines}\nEOF\n".encode()
        yield f"{name}-card", f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:x\r\n{card}\r\nEND:VCARD\r\n".encode(), {"kind": "text/vcard", "url": "http://example.test/x.vcf"}
        yield f"{name}-atob", f'var a=1;\nsave(atob("{text}"));\n'.encode(), {"kind": "text/javascript", "url": "http://example.test/x.js"}


@disguise(3, "the program that reads it: PHP escapes each slash of JSON", kind="text/plain", url="http://example.test/x.txt")
def json_slashes_escaped():
    """A slash so near the begin that too few characters are in front of it to be taken for base64."""
    for time in (0, 0x6b083dca, 0x6907abcd, 0x3f3f3f3f, 0xffffffff):
        text = b'{"name":"x.gz","content":"' + base64.b64encode(gzip.compress(EVIL.data, mtime=time)).replace(b"/", b"\\/") + b'"}'
        yield f"gzip-{time:x}", text
        yield f"gzip-{time:x}-packed", gzip.compress(text, mtime=0), {"kind": "application/gzip", "url": "http://example.test/x.json.gz"}


@disguise(3, BROWSER, kind="text/javascript", url="http://example.test/x.js")
def letters_escaped_early():
    """An escape that changes nothing, so near the begin that too few characters are in front of it."""
    for at in (0, 1, 4, 7, 12, 15):
        text = base64.b64encode(EVIL.data).decode()
        at = next(i for i in range(at, 40) if text[i] not in "bfnrtvux01234567")
        for name, quote in (("single", "'"), ("double", '"'), ("template", "`")):
            yield f"{name}-{at}", f"var a = 1;\nsave(atob({quote}{text[:at]}\\{text[at:]}{quote}));\n".encode()
