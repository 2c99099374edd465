# SPDX-License-Identifier: GPL-2.0-or-later
"""186: names, addresses and subjects that want to be more than a value of a log line, of an ICAP header or of the
block page do not break out of it."""

import io
import json
import re
import socket
import zipfile

import pytest

from lib import procs
from lib.eicar import EICAR

VALUES = {
    "line": b"a\r\nX-Evil: 1\r\nverdict=clean reason=none", "nul": b"a\0X-Evil: 1", "escape": b"a\x1b[2J\x1b]0;t\x07b",
    "reordered": "a\u202egpj.exe\u2066\u200f\u061cb".encode(), "unseen": "a\u00ad\u034f\u3164\u206a\u115fb".encode(),
    "broken": b"a\xff\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80b", "lines": "a\u2028b\u2029c\x85d".encode(),
    "keyvalue": b"a\" verdict=clean x=\"\\", "json": b"a\",\"verdict\":\"clean\",\"x\":\"\\",
    "cef": b"a|10|act=pass cs1=x\\", "page": b"<script>alert(1)</script>'\"><img src=x onerror=1>",
    "header": b"a; Resolution=0; Threat=none;%0d%0aX-Evil:%201", "words": b"=?utf-8?q?a=0D=0AX-Evil:_1=00=1B?=",
    "tags": "\U000e0041".encode() * 8}
HIDDEN = re.compile("[\0-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
                    "\U000e0000-\U000e007f]")
PAIR = re.compile(r'(?:^| )([a-z0-9_]+)=("(?:[^"\\]|\\.)*"|[^ "]+)')


def zipped(name):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as writing:
        writing.writestr("N" * len(name), EICAR)
    return out.getvalue().replace(b"N" * len(name), name)


def mail(value):
    return (b"From: " + value + b" <a@example.org>\r\nSubject: " + value + b"\r\nMIME-Version: 1.0\r\n"
            b"Content-Type: text/plain; name=\"" + value + b"\"\r\n\r\n" + EICAR)


def messages(value):
    """One for each place of a value."""
    yield message(url=b"/" + value + b"?q=" + value)
    yield message(host=value)
    yield message(kind=value)
    yield message(fields=b"Content-Disposition: attachment; filename=\"" + value + b"\"\r\n")
    yield message(icap=b"X-Authenticated-User: " + value + b"\r\nX-Client-Username: " + value + b"\r\n")
    yield message(icap=b"X-Client-IP: " + value + b"\r\n")
    yield message(kind=b"application/zip", body=zipped(value))
    yield message(kind=b"message/rfc822", body=mail(value))


def message(url=b"/file.bin", host=b"example.test", kind=b"application/octet-stream", fields=b"", icap=b"", body=EICAR):
    req = b"GET http://example.test" + url + b" HTTP/1.1\r\nHost: " + host + b"\r\n\r\n"
    res = b"HTTP/1.1 200 OK\r\nContent-Type: " + kind + b"\r\n" + fields + b"\r\n"
    return (b"RESPMOD icap://127.0.0.1/avscan ICAP/1.0\r\nHost: 127.0.0.1\r\n" + icap
            + b"Encapsulated: req-hdr=0, res-hdr=%d, res-body=%d\r\n" % (len(req), len(req + res))
            + b"Connection: close\r\n\r\n" + req + res + b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))


def answer(server, request):
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def check_answer(text):
    assert text.startswith(b"ICAP/1.0 200 "), text[:400]
    icap, http, page = text.split(b"\r\n\r\n", 2)
    for head in (icap, http):
        assert re.fullmatch(rb"[\t\r\n -~]+", head), head
        assert not re.search(rb"(?mi)^X-Evil", head), head
    assert b"<script>alert" not in page and b"<img" not in page, page
    assert not re.search(rb"[\0-\x08\x0b\x0c\x0e-\x1f\x7f]", page), page


def pairs(line, form):
    """The names and values of a line; what a reader of that format would take for them."""
    if form == "json":
        return json.loads(line, object_pairs_hook=list)
    if form == "keyvalue":
        assert "".join(found[0] for found in PAIR.finditer(line)) == line
        return PAIR.findall(line)
    parts = re.split(r"(?<!\\)\|", line, maxsplit=7)
    found = re.findall(r"(?:^| )([A-Za-z0-9]+)=", parts[-1])
    return [("verdict", parts[4].split("/")[0])] + [(name, "") for name in found]


@pytest.mark.parametrize("form", ("keyvalue", "json", "cef"))
def test_values_stay_values(make_server, form):
    server = make_server(settings={"LogFormat": form, "LogQuery": "on"}).start()
    requests = [request for value in VALUES.values() for request in messages(value)]
    for request in requests:
        check_answer(answer(server, request))

    def lines():
        return [line for line in (server.log / "epost_av.log").read_bytes().split(b"\n") if b"RESPMOD" in line]
    procs.wait_until(lambda: len(lines()) >= len(requests), 60, server.describe)
    assert len(lines()) == len(requests)
    for line in lines():
        text = line.decode()
        assert not HIDDEN.search(text), ascii(text)
        found = pairs(text, form)
        assert len({name for name, _ in found}) == len(found), text
        assert dict(found)["verdict"] == "infected", text
