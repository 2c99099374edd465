# SPDX-License-Identifier: GPL-2.0-or-later
"""An ICAP client on raw sockets that forgives nothing.

Request composes a request byte for byte (preview, chunk sizes, extensions,
trailers); Connection sends it as a client would, waiting for 100 Continue
behind a preview, and parses the answer strictly: what RFC 3507 does not allow
raises BadResponse. A broken connection raises ConnectionLost, a deadline that
passes TimeoutError.
"""

import re
import socket
import time

HEADER_LINE = re.compile(rb"^[!#$%&'*+.^_`|~0-9A-Za-z-]+:[ \t]*[^\r\n\0]*$")
STATUS_LINE = re.compile(rb"^ICAP/1\.0 ([1-5][0-9][0-9]) ([^\r\n]*)$")
HTTP_STATUS = re.compile(rb"^HTTP/1\.[01] ([1-5][0-9][0-9])( [^\r\n]*)?$")
CHUNK_LINE = re.compile(rb"^([0-9A-Fa-f]+)[ \t]*(;[^\r\n]*)?$")
HEAD_CEILING = 256 * 1024


class BadResponse(Exception):
    """The answer breaks the protocol."""


class ConnectionLost(Exception):
    """The peer closed or reset the connection in the middle of an exchange."""


class Headers:
    """Header lines in order; names compared without regard to case."""

    def __init__(self, block, where):
        self.start, *lines = block.split(b"\r\n")
        self.lines = []
        for line in lines:
            if line[:1] in (b" ", b"\t"):
                if not self.lines:
                    raise BadResponse(f"{where}: continuation without a header: {line!r}")
                self.lines[-1] = (self.lines[-1][0], self.lines[-1][1] + b"\n" + line.strip())
                continue
            if not HEADER_LINE.match(line):
                raise BadResponse(f"{where}: not a header line: {line!r}")
            name, value = line.split(b":", 1)
            self.lines.append((name, value.strip()))
        self.raw = block

    def all(self, name):
        return [v.decode("latin-1") for n, v in self.lines if n.lower() == name.lower().encode()]

    def get(self, name, default=None):
        values = self.all(name)
        if len(values) > 1:
            raise BadResponse(f"{name} is there {len(values)} times: {values}")
        return values[0] if values else default

    def __contains__(self, name):
        return bool(self.all(name))


class Response:
    """One final answer. `http` is the encapsulated header (or None), `http_kind`
    "res" or "req", `body` the decoded body (or None for null-body)."""

    def __init__(self, status, reason, headers):
        self.status, self.reason, self.headers = status, reason, headers
        self.http = None
        self.http_kind = None
        self.http_status = None
        self.body = None
        self.use_original_from = None  # 206
        self.trailers = None
        self.continued = False  # a 100 Continue came first
        self.seconds = 0.0
        self.first_write = b""  # what arrived in the first segment of the final answer

    def __getitem__(self, name):
        return self.headers.get(name)


def chunked(data, size=None, extension=b"", trailers=b"", end=True, ieof=False):
    """The chunk coding of data, in chunks of `size` (None: one)."""
    out = []
    step = size or max(len(data), 1)
    for i in range(0, len(data), step):
        piece = data[i:i + step]
        out.append(b"%x%s\r\n" % (len(piece), extension) + piece + b"\r\n")
    if end:
        out.append(b"0; ieof\r\n\r\n" if ieof else b"0\r\n" + trailers + b"\r\n")
    return b"".join(out)


class Request:
    """One request to send. `preview` None: no preview; a number: that many bytes, with
    "ieof" when the body is not longer (ieof=False: as a client that does not know)."""

    def __init__(self, method, service, *, host="127.0.0.1", req=None, res=None, body=None,
                 preview=None, allow="", headers=(), chunk=None, extension=b"", trailers=b"",
                 ieof=True, encapsulated=None, host_header=True, url=None):
        self.method, self.service, self.host = method, service, host
        self.req, self.res, self.body = req, res, body
        self.preview, self.allow, self.extra = preview, allow, list(headers)
        self.chunk, self.extension, self.trailers = chunk, extension, trailers
        self.ieof, self.encapsulated = ieof, encapsulated
        self.host_header, self.url = host_header, url

    def allows(self, status):
        return str(status) in [a.strip() for a in self.allow.split(",")]

    def head(self):
        parts, at = [], 0
        for name, block in (("req-hdr", self.req), ("res-hdr", self.res)):
            if block is not None:
                parts.append(f"{name}={at}")
                at += len(block)
        kind = "null-body" if self.body is None else \
            "req-body" if self.method == "REQMOD" else \
            "opt-body" if self.method == "OPTIONS" else "res-body"
        parts.append(f"{kind}={at}")
        lines = [f"{self.method} {self.url or f'icap://{self.host}/{self.service}'} ICAP/1.0"]
        if self.host_header:
            lines.append(f"Host: {self.host}")
        lines += self.extra
        if self.allow:
            lines.append(f"Allow: {self.allow}")
        if self.preview is not None:
            lines.append(f"Preview: {self.preview}")
        if self.method != "OPTIONS" or self.body is not None:
            lines.append("Encapsulated: " + (self.encapsulated or ", ".join(parts)))
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        return head + (self.req or b"") + (self.res or b"")

    def stages(self):
        """The bytes up to where a client waits, and those that follow 100 Continue (or None)."""
        first = self.head()
        if self.body is None:
            return first, None
        coding = {"size": self.chunk, "extension": self.extension}
        if self.preview is None:
            return first + chunked(self.body, trailers=self.trailers, **coding), None
        if len(self.body) <= self.preview and self.ieof:
            return first + chunked(self.body, ieof=True, **coding), None
        return (first + chunked(self.body[:self.preview], **coding),
                chunked(self.body[self.preview:], trailers=self.trailers, **coding))


def http_get(url="http://example.test/file.bin", version="1.1", headers=()):
    host = re.sub(r"^[a-z]+://([^/]*).*$", r"\1", url)
    lines = [f"GET {url} HTTP/{version}", f"Host: {host}", *headers]
    return "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n"


def http_ok(length=None, kind="application/octet-stream", status="200 OK", headers=()):
    lines = [f"HTTP/1.1 {status}", *([f"Content-Type: {kind}"] if kind else []), *headers]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"


def http_post(length=None, url="http://example.test/upload", kind="application/octet-stream",
              method="POST", headers=()):
    lines = [f"{method} {url} HTTP/1.1", "Host: example.test", f"Content-Type: {kind}", *headers]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    return "\r\n".join(lines).encode("utf-8") + b"\r\n\r\n"


def respmod(body, service="avscan", url="http://example.test/file.bin", kind=None, status="200 OK",
            http_headers=(), length=True, **more):
    res = http_ok(len(body) if length and body is not None else None,
                  kind or "application/octet-stream", status, http_headers)
    return Request("RESPMOD", service, req=http_get(url), res=res, body=body, **more)


def reqmod(body, service="avscan", url="http://example.test/upload", kind=None, method="POST",
           http_headers=(), length=True, **more):
    if body is None:
        return Request("REQMOD", service, req=http_get(url, headers=http_headers), **more)
    req = http_post(len(body) if length else None, url, kind or "application/octet-stream",
                    method, http_headers)
    return Request("REQMOD", service, req=req, body=body, **more)


class Connection:
    """One TCP connection. Every wait ends `timeout` seconds after the exchange began."""

    def __init__(self, port, host="127.0.0.1", timeout=20.0):
        self.address, self.timeout = (host, port), timeout
        self.deadline = time.monotonic() + timeout
        self._open()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _open(self):
        self.socket = socket.create_connection(self.address, timeout=self.timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""
        self.first_write = None

    def close(self):
        self.socket.close()

    def reopen(self):
        self.close()
        self._open()

    def _left(self):
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("no answer by the deadline")
        return left

    def start(self, timeout=None):
        """Begins an exchange: its deadline counts from here."""
        self.deadline = time.monotonic() + (timeout or self.timeout)
        self.first_write = None

    def send(self, data):
        self.socket.settimeout(self._left())
        try:
            self.socket.sendall(data)
        except (BrokenPipeError, ConnectionResetError) as e:
            raise ConnectionLost(f"while sending: {e}") from e

    def send_body(self, request):
        """All of a request, past 100 Continue; its answer is not waited for."""
        first, rest = request.stages()
        self.send(first)
        if rest is None:
            return
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        self.first_write = None
        assert b" 100 " in head.split(b"\r\n")[0], head
        self.send(rest)

    def send_slowly(self, data, step=1, pause=0.0):
        for i in range(0, len(data), step):
            self.send(data[i:i + step])
            if pause:
                time.sleep(pause)

    def _more(self):
        self.socket.settimeout(self._left())
        try:
            data = self.socket.recv(262144)
        except ConnectionResetError as e:
            raise ConnectionLost("reset by the server") from e
        if not data:
            raise ConnectionLost(f"closed by the server; got {self.buffer[:200]!r}")
        if self.first_write is None:
            self.first_write = data
        self.buffer += data

    def _until(self, mark, ceiling=HEAD_CEILING):
        seen = 0
        while (at := self.buffer.find(mark, max(0, seen - len(mark)))) < 0:
            seen = len(self.buffer)
            if seen > ceiling:
                raise BadResponse(f"no {mark!r} in {ceiling} bytes")
            self._more()
        block, self.buffer = self.buffer[:at], self.buffer[at + len(mark):]
        return block

    def _exactly(self, count):
        if len(self.buffer) < count:
            pieces, have = [self.buffer], len(self.buffer)
            while have < count:
                self.buffer = b""
                self._more()
                pieces.append(self.buffer)
                have += len(self.buffer)
            self.buffer = b"".join(pieces)
        block, self.buffer = self.buffer[:count], self.buffer[count:]
        return block

    def _chunks(self, response):
        out = []
        while True:
            line = self._until(b"\r\n", 4096)
            match = CHUNK_LINE.match(line)
            if not match:
                raise BadResponse(f"not a chunk line: {line!r}")
            size = int(match[1], 16)
            if size == 0:
                original = re.search(rb"use-original-body=([0-9]+)", match[2] or b"")
                response.use_original_from = int(original[1]) if original else None
                break
            out.append(self._exactly(size))
            if self._exactly(2) != b"\r\n":
                raise BadResponse("a chunk does not end with CRLF")
        trailers = []
        while line := self._until(b"\r\n", HEAD_CEILING):
            trailers.append(line)
        response.trailers = trailers
        return b"".join(out)

    def _head(self):
        block = self._until(b"\r\n\r\n")
        headers = Headers(block, "ICAP header")
        match = STATUS_LINE.match(headers.start)
        if not match:
            raise BadResponse(f"not an ICAP status line: {headers.start!r}")
        return Response(int(match[1]), match[2].decode("latin-1"), headers)

    def receive(self, method="RESPMOD"):
        """Reads one answer, 100 Continue included (its response has status 100)."""
        response = self._head()
        if response.status == 100:
            if response.headers.lines:
                raise BadResponse("100 Continue with headers")
            return response
        if "ISTag" not in response.headers and response.status in (200, 204, 206):
            raise BadResponse(f"{response.status} without ISTag")
        tag = response["ISTag"]
        if tag is not None and not re.fullmatch(r'"[!#-~]{1,32}"', tag):
            raise BadResponse(f"ISTag {tag!r} is not a quoted string of up to 32 bytes")
        encapsulated = response["Encapsulated"]
        if encapsulated is None:
            if response.status in (200, 206) and method != "OPTIONS":
                raise BadResponse(f"{response.status} without Encapsulated")
            return self._finish(response)
        if not re.fullmatch(r"[a-z]+-[a-z]+ ?= ?[0-9]+(, ?[a-z]+-[a-z]+ ?= ?[0-9]+)*", encapsulated):
            raise BadResponse(f"Encapsulated: {encapsulated!r}")
        parts = [(n.strip(), int(v)) for n, v in
                 (p.split("=") for p in encapsulated.split(","))]
        self._encapsulated(response, parts, method)
        return self._finish(response)

    def _finish(self, response):
        response.first_write = self.first_write or b""
        return response

    def _encapsulated(self, response, parts, method):
        names = [n for n, _ in parts]
        offsets = [v for _, v in parts]
        if offsets[0] != 0 or offsets != sorted(offsets):
            raise BadResponse(f"offsets of Encapsulated: {parts}")
        if not names[-1].endswith("-body") or any(n.endswith("-body") for n in names[:-1]):
            raise BadResponse(f"Encapsulated does not end with its body: {names}")
        allowed = {"REQMOD": ("req-hdr", "req-body", "res-hdr", "res-body", "null-body"),
                   "RESPMOD": ("res-hdr", "res-body", "null-body"),
                   "OPTIONS": ("opt-body", "null-body")}[method]
        if any(n not in allowed for n in names):
            raise BadResponse(f"{names} answers {method}")
        if response.status == 204 and parts != [("null-body", 0)]:
            raise BadResponse(f"204 with {parts}")
        if len(parts) > 2:
            raise BadResponse(f"more than a header and a body: {parts}")
        if len(parts) == 2:
            block = self._exactly(offsets[1])
            if not block.endswith(b"\r\n\r\n") or block.find(b"\r\n\r\n") != len(block) - 4:
                raise BadResponse("the encapsulated header does not end where Encapsulated says: "
                                  f"{block[-60:]!r}")
            response.http_kind = names[0][:3]
            response.http = Headers(block[:-4], "HTTP header")
            response.http.raw = block
            if response.http_kind == "res":
                match = HTTP_STATUS.match(response.http.start)
                if not match:
                    raise BadResponse(f"not an HTTP status line: {response.http.start!r}")
                response.http_status = int(match[1])
        if names[-1] != "null-body":
            response.body = self._chunks(response)

    def exchange(self, request, timeout=None):
        """Sends, obeys 100 Continue, returns the final Response."""
        self.start(timeout)
        began = time.monotonic()
        first, rest = request.stages()
        self.send(first)
        response = self.receive(request.method)
        continued = False
        if response.status == 100:
            if rest is None:
                raise BadResponse("100 Continue without need: all was sent")
            continued = True
            self.first_write = None
            self.send(rest)
            response = self.receive(request.method)
            if response.status == 100:
                raise BadResponse("a second 100 Continue")
        response.continued = continued
        response.seconds = time.monotonic() - began
        check_allowed(request, response)
        return response

    def options(self, service="avscan", timeout=None, headers=()):
        return self.exchange(Request("OPTIONS", service, headers=headers), timeout)

    def at_end(self):
        """True when the server has closed (waits to the deadline)."""
        try:
            self._more()
        except ConnectionLost:
            return True
        return False


def check_allowed(request, response):
    """204 and 206 only where the client said that it understands them."""
    previewing = request.preview is not None and not response.continued
    if response.status == 204 and not (previewing or request.allows(204)):
        raise BadResponse("204, but the request does not allow it")
    if response.status == 206 and not request.allows(206):
        raise BadResponse("206, but the request does not allow it")


def once(port, request, timeout=20.0):
    """One exchange on a connection of its own."""
    with Connection(port, timeout=timeout) as connection:
        return connection.exchange(request)
