# SPDX-License-Identifier: GPL-2.0-or-later
"""The faults of a bad mirror: one small function a fault.

A fault is called as fault(exchange) in the server's own thread for that connection and may do
with it what it likes; see mirrors.Exchange. `honest` is what a good static web server does.
"""
import fnmatch
import socket
import struct

CHUNK = 16384


def honest(x):
    """GET and HEAD of a file with Range, If-Range, ETag and If-None-Match."""
    body = x.read_file()
    if body is None:
        return status(404)(x)
    etag = x.etag(body)
    if x.headers.get("if-none-match") == etag:
        x.head(304, {"ETag": etag})
        return None
    start, end = _range(x, body, etag)
    fields = {"Content-Length": end - start, "ETag": etag, "Accept-Ranges": "bytes"}
    if (start, end) != (0, len(body)):
        fields["Content-Range"] = f"bytes {start}-{end - 1}/{len(body)}"
        x.head(206, fields)
    else:
        x.head(200, fields)
    if x.method != "HEAD":
        x.send(body[start:end])
    return None


def _range(x, body, etag):
    """The half-open part of the body that the request asks for: all of it unless a range holds."""
    asked = x.headers.get("range", "")
    if not asked.startswith("bytes=") or x.headers.get("if-range", etag) != etag:
        return 0, len(body)
    first, _, last = asked[6:].partition("-")
    if not first.isdigit() or int(first) >= len(body):
        return 0, len(body)
    return int(first), min(int(last) + 1 if last.isdigit() else len(body), len(body))


def status(code, retry_after=None, body=b"no\n"):
    def fault(x):
        fields = {"Content-Length": len(body)}
        if retry_after is not None:
            fields["Retry-After"] = retry_after
        x.head(code, fields)
        x.send(body)
    return fault


def redirect(to, code=302):
    """`to` is a URL, or a function of the request's path."""
    def fault(x):
        x.head(code, {"Location": to(x.path) if callable(to) else to, "Content-Length": 0})
    return fault


def slow(bytes_per_second):
    def fault(x):
        body = x.read_file() or b""
        x.head(200, {"Content-Length": len(body)})
        step = max(1, bytes_per_second // 10)
        for at in range(0, len(body), step):
            if not x.send(body[at:at + step]) or x.wait(0.1):
                return
    return fault


def stall(after=0):
    """Sends the head and `after` bytes, then nothing more, and keeps the connection."""
    def fault(x):
        body = x.read_file() or b""
        x.head(200, {"Content-Length": len(body)})
        x.send(body[:after])
        x.wait(3600)
    return fault


def mute(x):
    """Takes the request and never answers."""
    x.wait(3600)


def truncate(after, with_range=True):
    """Announces all, sends `after` bytes more of it a connection, closes. With `with_range` it
    honours Range, so that a client that resumes gets through."""
    def fault(x):
        body = x.read_file() or b""
        etag = x.etag(body)
        start = _range(x, body, etag)[0] if with_range else 0
        fields = {"Content-Length": len(body) - start, "ETag": etag}
        if start:
            fields["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        x.head(206 if start else 200, fields)
        x.send(body[start:start + after])
    return fault


def reset(after=0):
    """The same, but ends with a TCP reset."""
    def fault(x):
        truncate(after, with_range=False)(x)
        x.conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return fault


def length(delta):
    """Lies about the length by `delta` bytes; sends the true body."""
    def fault(x):
        body = x.read_file() or b""
        x.head(200, {"Content-Length": max(0, len(body) + delta)})
        x.send(body)
    return fault


def oversized(extra):
    """The true file and `extra` bytes behind it, honestly announced."""
    def fault(x):
        body = x.read_file() or b""
        x.head(200, {"Content-Length": len(body) + extra})
        x.send(body)
        _flood(x, extra)
    return fault


def endless(x):
    """No length, no end."""
    x.head(200, {})
    _flood(x, 1 << 40)


def endless_head(x):
    """Header lines for ever."""
    line = b"X-Filler: " + b"x" * 8000 + b"\r\n"
    x.send(b"HTTP/1.1 200 OK\r\n")
    while x.send(line):
        pass


def _flood(x, size):
    block = bytes(CHUNK)
    while size > 0 and x.send(block[:min(size, CHUNK)]):
        size -= CHUNK


def flipped(x):
    """The right length and a wrong byte in the middle."""
    body = bytearray(x.read_file() or b"")
    if body:
        body[len(body) // 2] ^= 0x01
    x.head(200, {"Content-Length": len(body), "ETag": '"flipped"'})
    x.send(bytes(body))


def html(x):
    """A captive portal: 200 and a page, whatever was asked."""
    body = b"<!DOCTYPE html><html><body>Please log in</body></html>\n"
    x.head(200, {"Content-Length": len(body), "Content-Type": "text/html"})
    x.send(body)


def wrong_range(x):
    """Answers a Range with bytes from elsewhere under a Content-Range that says so."""
    body = x.read_file() or b""
    if "range" not in x.headers:
        return truncate(max(1, len(body) // 2), with_range=False)(x)
    x.head(206, {"Content-Length": len(body),
                 "Content-Range": f"bytes 0-{len(body) - 1}/{len(body)}"})
    x.send(body)
    return None


def gzip_label(x):
    """Says Content-Encoding: gzip over plain bytes."""
    body = x.read_file() or b""
    x.head(200, {"Content-Length": len(body), "Content-Encoding": "gzip"})
    x.send(body)


def directory(path, fault=honest):
    """Serves another directory: a stale mirror, a replayed one, one signed by somebody else."""
    def wrapped(x):
        x.directory = str(path)
        return fault(x)
    return wrapped


def only(pattern, fault, otherwise=honest):
    """The fault for paths that match the shell pattern, another (or honesty) for the rest."""
    def chosen(x):
        name = x.path.lstrip("/")
        return (fault if fnmatch.fnmatch(name, pattern) else otherwise)(x)
    return chosen


def first(count, fault, otherwise=honest):
    """The fault for the first `count` requests, then another (or honesty)."""
    left = [count]

    def chosen(x):
        with x.lock:
            now, left[0] = left[0], left[0] - 1
        return (fault if now > 0 else otherwise)(x)
    return chosen


def delayed(seconds, fault=honest):
    def later(x):
        if not x.wait(seconds):
            fault(x)
    return later


def callback(function, fault=honest):
    """Calls function(path) before the answer: a test changes the world in mid-update."""
    def called(x):
        function(x.path)
        return fault(x)
    return called
