# SPDX-License-Identifier: GPL-2.0-or-later
"""Requests that no browser sends, over the monitor's own sockets: it lives, answers the next one, and
tells nothing that needs the token. The same ones each time; EPOST_HTTP_FUZZ says how many."""

import os
import random
import socket

from lib.monitor import BASIC, transaction

COUNT = int(os.environ.get("EPOST_HTTP_FUZZ", 40))
PATHS = ["/", "/events", "/event?n=1", "/api/v1/status", "/api/v1/events?host=secret*", "/metrics", "/healthz",
         "/api/v1/event?id=65f0c2a1-1b3c-1", "/readyz?verbose", "/style.css", "//", "/../etc/passwd", "*"]
PIECES = [b"\0", b"\r\n", b"\n", b"%00", b"%", b"%zz", b"%0d%0aX: y", b"&&==&", b"=", b"?", b"#", b"\xff\xfe", b"'; DROP TABLE events--",
          b"%27%20OR%201=1--", b"*" * 600, b"a" * 3000, b"&a=1" * 50, b"days=99999999999999999999", b"limit=-1", b"before=0x1",
          b"from=9999-99-99", b"\t", b" ", b"verdict=infected&verdict=clean", "\u202e".encode(), b"kind=%C0%80"]
HEADERS = [b"Host: localhost", b"Host: evil.test", b"Host:", b"Authorization: Basic", b"Authorization: Bearer " + b"x" * 2000,
           b"Authorization: Basic " + b"Zm9v" * 300, b"Accept: application/openmetrics-text", b"Accept-Language: " + b"ja;q=" * 200,
           b"Content-Length: 5", b"Content-Length: -1", b"Content-Length: 99999999999999999999", b"Transfer-Encoding: chunked",
           b"Connection: keep-alive", b"Expect: 100-continue", b"Upgrade: h2c", b" folded", b"X" * 5000, b"X: " + b"\xff" * 100,
           b"Range: bytes=0-1", b"Cookie: a=b", b"Origin: http://evil.test", b": no name", b"no colon"]


def hostile(r):
    method = r.choice([b"GET"] * 6 + [b"POST", b"get", b"", b"G\0T", b"X" * 400, b"PRI"])
    path = r.choice(PATHS).encode()
    for _ in range(r.randrange(4)):
        at = r.randrange(len(path) + 1)
        path = path[:at] + r.choice(PIECES) + path[at:]
    lines = [method + b" " + path + r.choice([b" HTTP/1.1"] * 6 + [b" HTTP/1.0", b" HTTP/9.9", b"", b" HTTP/1.1 x"])]
    lines += [b"Host: 127.0.0.1"] * (r.random() < 0.7) + r.sample(HEADERS, r.randrange(5))
    request = r.choice([b"\r\n"] * 5 + [b"\n", b"\r"]).join(lines) + b"\r\n\r\n"
    if r.random() < 0.3:
        request = bytearray(request)
        for _ in range(1 + r.randrange(4)):
            request[r.randrange(len(request))] = r.randrange(256)
    if r.random() < 0.15:
        request = bytes(request)[:r.randrange(len(request))]
    return bytes(request) * r.choice([1] * 8 + [3])


def answer(s, request):
    """All that comes back until the other end closes."""
    out = b""
    try:
        s.sendall(request)
        s.shutdown(socket.SHUT_WR)
        while piece := s.recv(1 << 16):
            out += piece
    except OSError:
        pass
    return out


def test_nothing_is_told_and_it_lives(monitor):
    monitor.send(transaction(1, host="secret.test", user="alice-smith", name="letter.exe"))
    monitor.wait_stored()
    r, before = random.Random(425), monitor.process.pid
    for number in range(COUNT):
        request = hostile(r)
        with socket.create_connection(("127.0.0.1", monitor.port), 20 * monitor.env.slow) as s:
            said = answer(s, request)
        assert b"alice-smith" not in said and b"letter.exe" not in said, (number, request)
        assert not said or said.startswith(b"HTTP/1."), (number, request, said[:100])
        if number % 50 == 0:
            assert monitor.get("/healthz", token=False).text == "ok\n"
    assert monitor.process.pid == before and monitor.process.poll() is None
    # With the token, and over the Unix socket: each answer is one of ours.
    for number in range(COUNT // 2):
        request = hostile(r).replace(b"\r\n\r\n", f"\r\nAuthorization: {BASIC}\r\n\r\n".encode(), 1)
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(20 * monitor.env.slow)
            s.connect(str(monitor.run / "http.sock"))
            said = answer(s, request)
        assert b"SQL" not in said and b"/etc/passwd" not in said.split(b"\r\n\r\n")[-1] and b"root:" not in said, request
    assert monitor.get("/api/v1/events?host=secret*").json()["events"]
    assert monitor.metrics()["epost_events_received_total"] >= 1
