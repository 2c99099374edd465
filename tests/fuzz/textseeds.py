# SPDX-License-Identifier: GPL-2.0-or-later
"""Seeds of the fuzz targets that read lines, records, messages and headers, and dictionaries of
the words in them, for make-seeds."""
import base64
import bz2
import gzip
import json
import lzma
import os
import re
import struct
import zlib

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
TEXT = b"a small harmless text\n" * 8


def file(*path):
    with open(os.path.join(TOP, *path), "rb") as source:
        return source.read()


def texts():
    """Seeds of the targets that read lines and records."""
    sample = [line[2:] for line in file("conf", "epost_av.conf.in").split(b"\n")
              if line.startswith(b"# epost_av.")]
    rows = [line[len(b"epost_av."):].strip() for line in sample]
    settings = b"\n".join(row for row in rows if b" " in row)
    exceptions = b"skip host .example.com\nblock url *evil*\nskip type image/png\nskip type text/*\n" \
        b"allow threat Eicar*\nskip client 192.0.2.0/24\nblock client 2001:db8::/32\nskip user alice\n" \
        b"# a word\nblock name *.exe client=192.0.2.0/24 time=08:00-18:00 days=mon-fri\n" \
        b"mark kind executable\nblock sha256 " + b"0a" * 32 + b"\n"
    facts = b"\0".join((b"www.example.com:80", b"http://x.example/evil?a=1", b"192.0.2.7", b"alice",
                        b"Eicar-Test", b"\x89PNG\r\n\x1a\n"))
    bad = {word.split()[1] + str(n): (word + "\n").encode() + b"\0" + facts for n, word in enumerate((
        "allow host a.example", "skip threat X", "skip client 300.1.2.3", "block sha256 12", "skip moon full",
        "keep host a.example", "block url", "block name *.exe time=8-9", "block kind x moon=full"))}
    record = b"""type manifest
since 1700000000
tried 1700000001
checked 1700000002
fresh 1700000000
expires 1800000000
failures 3
until 1700000900
result current
message a word
serial 7
digest %s
mirror https://dnl00.example/ 1 0 1700000000 5
aside %s failed why
tag x.hdb %s "etag" Mon, 01 Jan 2024 00:00:00 GMT
highest main.cvd 62
""" % (b"0a" * 32, b"1b" * 32, b"2c" * 32)
    cvd = (b"ClamAV-VDB:16 Sep 2021 08-32 -0400:62:6647427:90:" + b"0" * 32 + b":sig:builder:1631795562"
           ).ljust(512)
    page = file("conf", "templates", "en", "blocked.html") + b"\0" + file("conf", "templates", "en", "texts")
    minisig = {name: file("tests", "data", "minisig", name) for name in (
        "content.minisig", "content.legacy.minisig", "locked.key", "plain.key", "plain.pub")}
    generation = b"created 1700000000\nsignatures 8\nconfirmed yes\nsource main 7\nsource local 0\n" \
        b"file main.cvd 512 " + b"0a" * 32 + b" 62 main\nfile x.hdb 9 " + b"1b" * 32 + b" 0 local\n"
    return {
        "settings": {"sample": settings, "file": b"\n".join(sample)},
        "control": {"settings": b"\n".join(row.replace(b" ", b"=", 1) for row in rows if b" " in row),
                    "few": b"Workers=4\nMaxScanTime=90\nMaxFileSize=64M\nDetectPUA=on\n",
                    "asked": b"\xf8Workers=4\nMaxScanTime=90\nMaxFileSize=64M\nDetectPUA=on\n",
                    "moved": b"\xf8Socket=/run/other\n", "none": b"\xf8", "reload": b"\xf9", "reopen": b"\xfa",
                    "ping": b"\xfb", "raw": b"\xfcEPAV\0\0\0\0"},
        "exceptions": {"all": exceptions + b"\0" + facts, "shipped": file("conf", "exceptions") + b"\0" + facts,
                       **bad},
        "rules": rules(),
        "policy": {"all": b"web infected=block\nx like=mail timeout=6s\nstrict unscannable:encrypted=fail"
                          b"+quarantine not-kept=fail\ny error=pass\n"},
        "page": {"value": b"ja;q=0.9, en\n<script>alert(\"1\")</script>'&{{threat}}", "template": page},
        "record": {"full": record},
        "state": {"record": record, "empty": b"", "generation": generation, "etag": b'https://dnl00.example/ "1"\n',
                  "tree": b"\1\2\4\5\7\2\0\3\1\1\2\5\0\0"},
        "journal": {"run": b"at 1700000000\nresult current\nmessage all is well\n",
                    "log": b"main\0https://dnl00.example/\0main 61\0main 62\0all is \"well\"\x7f\xc2\x85\n"},
        "trailing": trailing(), "fetch": answers(), "views": views(),
        "cvd": {"header": cvd, "short": cvd[:200]}, "minisig": minisig,
        "urls": {"range": b"https://dnl{00..19}.example/av", "plain": b"http://a.example:8080/"},
    }


def rules():
    """Flags, rules, and what they are asked about; see fuzz_rules.c."""
    lines = b"pass name setup-?.exe group=admins\nblock kind double-extension client=192.0.2.0/24\n" \
        b"mark kind macro host=.example.com time=22:00-06:00 days=sat,sun\nblock name *.exe\nblock kind encrypted\n"
    members = b"exe\t\n\tsetup-1.exe\n\t*.txt\nmacro\t\n"
    asked = (b"a.pdf.exe\nb.txt", b"www.example.com", b"192.0.2.7", b"admins\nstaff", members)
    one = lambda flags, text, *facts: bytes([flags]) + b"\0".join((text, *facts))
    return {"all": one(0, lines, *asked), "short": one(0x11, lines[66:], *asked), "cut": one(0x22, lines, *asked),
            "encrypted": one(0x34, lines.split(b"\n", 4)[4], *asked), "none": one(0, lines, b"", b"", b"", b"", b""),
            "days": one(0x40, b"block name * days=mon-fri time=08:00-18:00 client=2001:db8::/32\n", b"x", b"h",
                        b"2001:db8::1", b"", b"\tx\n"),
            "wrong": one(0, b"block name\nkeep name x\nblock kind x days=moon\nblock name x time=9\nmark name x a\n" +
                         b"block name x " + b"group=a " * 17, *asked)}


def views():
    """Texts with a byte in front (fuzz_views.c): escapes, joined literals, numbers, percent escapes."""
    coded = base64.b64encode(TEXT).decode()
    texts = {"joined": f"save(atob('{coded[:40]}' + \"{coded[40:]}\"));", "added": f"s='{coded[:30]}';s+='{coded[30:]}';",
             "hex": f"f('\\x64ata:;base64,{coded}')", "unicode": f"f(`\\u0064ata:;base64,\\u{{{ord(coded[0]):x}}}{coded[1:]}`)",
             "css": f"p{{background:url('\\64 ata:;base64,{coded}')}}", "numbers": "new Uint8Array([" + ",".join(map(str, TEXT)) + "])",
             "percent": "unescape('" + "".join(f"%{c:02x}" for c in TEXT) + "')",
             "wide": "unescape('" + "".join(f"%u{c:04X}" for c in TEXT) + "')", "blob": "new Blob(['a\\n' + 'b'])",
             "svg": f"<svg><a href='data:;base64&#44;{coded}'/></svg>", "json": f'{{"a": "{coded}"}}',
             "list": f'["{coded}", "{coded}"]', "neighbours": f"b64decode(b'{coded[:40]}'\n  b'{coded[40:]}')",
             "packed": "gzinflate(base64_decode('" + base64.b64encode(zlib.compress(TEXT)[2:-4]).decode() + "'))",
             "card": "BEGIN:VCARD\r\nKEY;ENCODING=QUOTED-PRINTABLE:" + "".join(f"={c:02X}" for c in TEXT[:60]) + "=\r\n=41\r\nEND:VCARD\r\n"}
    literal = b"\xcb" + bytes([len(TEXT[:60]) + 11]) + b"b\5a.txt" + bytes(4) + TEXT[:60]
    texts |= {"drawings": "".join(f"p{{background:url('data:image/svg+xml,<svg><path d=%22M{n}%22/></svg>')}}" for n in range(9)),
              "lines": json.dumps([base64.b64encode(b"a short text, number %d" % n).decode() for n in range(9)]),
              "rotli": "brotli('" + base64.b64encode(TEXT).decode() + "')", "slashes": '{"a":"H4sIAAAAAAAC\\/' + coded + '"}',
              "armor": "-----BEGIN PGP MESSAGE-----\n\n" + base64.b64encode(literal).decode() + "\n-----END PGP MESSAGE-----\n",
              "digits": "VALUES (0x" + TEXT.hex() + ");"}
    return {name: bytes([n % 6]) + text.encode() for n, (name, text) in enumerate(texts.items())} | {
        "nothing": b'\3<a href="data:text/html,">'}


def trailing():
    """Streams with a byte in front (fuzz_trailing.c), whole, twice, and with more behind them."""
    gz, bz, xz = gzip.compress(TEXT, mtime=0), bz2.compress(TEXT), lzma.compress(TEXT)
    seeds = {}
    for name, stream in (("gz", gz), ("bz2", bz), ("xz", xz)):
        seeds |= {name: b"\0" + stream, name + "-two": b"\0" + stream * 2, name + "-more": b"\0" + stream + TEXT,
                  name + "-cut": b"\0" + stream[:-7]}
    return seeds


def answers():
    """Answers of mirrors; see fuzz_fetch.c."""
    def heard(flags, ceiling, *said):
        return bytes([flags, ceiling]) + b"".join(struct.pack("<H", len(one)) + one for one in said)

    def http(status, *fields, body=b""):
        return b"HTTP/1.1 " + status + b"\r\n" + b"".join(one + b"\r\n" for one in fields) + b"\r\n" + body
    body = b"Content-Length: %d" % len(TEXT)
    tags = (b'ETag: "1"', b"Last-Modified: Mon, 01 Jan 2024 00:00:00 GMT")
    chunked = b"%x\r\n" % len(TEXT) + TEXT + b"\r\n0\r\nETag: \"2\"\r\n\r\n"
    moved = http(b"302 Found", b"Location: http://b.example/x", b"Content-Length: 0")
    return {"whole": heard(0, 40, http(b"200 OK", body, *tags, body=TEXT)),
            "memory": heard(1, 40, http(b"200 OK", body, body=TEXT)),
            "chunked": heard(0, 40, http(b"200 OK", b"Transfer-Encoding: chunked", body=chunked)),
            "first": heard(2, 1, http(b"206 Partial", b"Content-Range: bytes 0-18/500", b"Content-Length: 19",
                                      body=TEXT[:19])),
            "rest": heard(12, 2, http(b"206 Partial", b"Content-Range: bytes 18-35/36", b"Content-Length: 18",
                                      body=TEXT[:18])),
            "other": heard(12, 2, http(b"206 Partial", b"Content-Range: bytes 3-20/36", body=TEXT[:18])),
            "anew": heard(4, 40, http(b"200 OK", body, body=TEXT)),
            "large": heard(0, 1, http(b"200 OK", body, body=TEXT)),
            "same": heard(8, 40, http(b"304 Not Modified", *tags)),
            "busy": heard(0, 40, http(b"503 Busy", b"Retry-After: 120", b"Content-Length: 4", body=b"busy")),
            "gone": heard(0, 40, http(b"404 Not Found", b"Content-Length: 4", body=b"gone")),
            "denied": heard(0, 40, http(b"403 Forbidden", b"Content-Length: 0")),
            "moved": heard(0, 40, moved, http(b"200 OK", body, *tags, body=TEXT)),
            "round": heard(0, 40, moved, moved, moved, moved, moved),
            "down": heard(16, 40, http(b"200 OK")), "cut": heard(0, 40, http(b"200 OK", body, body=TEXT[:9])),
            "none": heard(0, 40, b""), "noise": heard(0, 40, b"220 ready\r\n")}


def messages():
    """Requests of clients: a scan with texts and an inline body, one by descriptor, a ping, a cut one."""
    def request(kind, flags=0, length=0, name=b"", kind_of=b"", encoding=b"", client=b"", body=b""):
        return struct.pack("<IHHIIQ32sHHHH", 0x56415045, 2, kind, flags, 5000, length, bytes(32), len(name),
                           len(kind_of), len(encoding), len(client)) + name + kind_of + encoding + client + body
    scan = request(1, 0, len(TEXT), b"a.txt\nb.zip", b"text/plain", b"gzip", b"192.0.2.1", TEXT)
    by_file = request(1, 1, 4096, b"a.bin")
    ping = request(4)
    reply = struct.pack("<IHBBIIQQ16sIIII32s", 0x56415045, 2, 1, 1, 0, 1, 10, 1, bytes(16), 1, 2, 3, 4, bytes(32)) + \
        bytes(256 + 768 + 256 + 2048 + 4096)
    said = [(0x04, scan), (0x15, by_file), (0x10, ping), (0x12, by_file), (0x18, scan[:90]), (0x14, scan + b"x")]
    live = b"".join(bytes([flags]) + struct.pack("<H", len(one)) + one for flags, one in said)
    return {"wire": {"scan": scan, "file": by_file, "ping": ping, "reply": reply},
            "request": {"scan": b"\0\0" + scan, "file": b"\1\x40" + by_file, "two": b"\2\x40" + by_file,
                        "short": b"\1\1" + by_file},
            "message": {"one": b"\1\x10\x40" + TEXT, "two": b"\2\x10\x04" + TEXT, "none": b"\x80\0\xff" + TEXT},
            "connections": {"all": live, "one": live[:200]}}


def directives():
    """The names in the sample of the service's settings, with and without values."""
    return re.findall(rb"^# epost_av\.(\w+)", file("conf", "epost_av.conf.in"), re.MULTILINE)


def dictionaries():
    """Words of each target, one a line, as libFuzzer reads them."""
    rules = b"block pass mark skip allow name kind host url type sha256 client user threat group= client= host= " \
        b"time=08:00-18:00 days=mon-fri sat,sun .example.com 192.0.2.0/24 2001:db8::/32 *.exe encrypted " \
        b"double-extension right-to-left macro".split()
    lines = re.findall(rb"[a-z]+", b"since tried checked fresh expires failures until result message serial digest "
                       b"mirror aside tag highest created signatures confirmed source file at next current healthy "
                       b"failed bad busy updated refused yes local")
    headers = [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 206 P\r\n", b"HTTP/1.1 302 F\r\n", b"HTTP/1.1 304 N\r\n",
               b"HTTP/1.1 503 B\r\n", b"HTTP/2 ", b"ETag: ", b"Last-Modified: ", b"Content-Range: bytes 0-9/10\r\n",
               b"Content-Length: 9\r\n", b"Transfer-Encoding: chunked\r\n", b"Retry-After: 9\r\n",
               b"Location: http://b.example/\r\n", b"Location: https://b.example/\r\n", b"Connection: close\r\n",
               b"Content-Encoding: gzip\r\n", b"Proxy-Authenticate: Basic\r\n", b"\r\n\r\n", b"0\r\n\r\n"]
    streams = [b"\x1f\x8b\x08", b"BZh9", b"1AY&SY", b"\x17\x72\x45\x38\x50\x90", b"\xfd7zXZ\0", b"YZ"]
    policy = b"like= timeout= infected= unscannable= error= encrypted= block pass fail +quarantine not-kept= trickle=on " \
        b"web mail strict".split()
    words = {"rules": rules, "exceptions": rules, "record": lines, "state": lines, "journal": lines, "fetch": headers,
             "trailing": streams, "policy": policy, "control": [name + b"=" for name in directives()],
             "settings": [name + b" " for name in directives()]}
    return {name: b"".join(b'"' + b"".join(b"\\x%02x" % c for c in word) + b'"\n' for word in some)
            for name, some in words.items()}
