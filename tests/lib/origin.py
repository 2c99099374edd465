# SPDX-License-Identifier: GPL-2.0-or-later
"""A small origin web server: what it serves is said by the case, what it was asked is kept.

    with Origin() as origin:
        origin.put("/a.bin", b"...", rate=2_000_000)
        origin.url("/a.bin")
        origin.asked("/a.bin")      # [Asked(...)]

Runs in threads of the test's own process. Everything it does badly (throttling, a cut body, a
reset) it does because the resource says so.
"""

import collections
import http.server
import re
import socket
import ssl
import struct
import threading
import time

from lib import slowness, tcp

PIECE = 16384
WINDOW = 40 * 1024
PATIENCE = 5.0

Asked = collections.namedtuple("Asked", "method path headers body complete")


class Resource:
    """rate: bytes a second. pace: the scanner's port; the origin is never further ahead of what
    arrived there than WINDOW, because Squid before 6 stalls for ever when it is 64 KB ahead
    (Squid bug 5352). length: "yes", "chunked" or "none" (ends with the connection).
    cut: after so many bytes of body the connection ends; reset: with RST and not with FIN.
    etag: answers 304 to its If-None-Match. ranges: honours Range."""

    def __init__(self, body=b"", *, kind="application/octet-stream", status=200, headers=(),
                 rate=None, pace=None, length="yes", cut=None, reset=False, etag=None, ranges=False,
                 delay=0.0):
        self.body, self.kind, self.status = body, kind, status
        self.headers, self.rate, self.pace, self.length = list(headers), rate, pace, length
        self.cut, self.reset, self.etag, self.ranges = cut, reset, etag, ranges
        self.delay = delay


class Origin:
    """certificate: (certificate file, key file) makes it an https server."""

    def __init__(self, certificate=None):
        self.resources, self.log = {}, []
        self.lock = threading.Lock()
        self.scheme = "https" if certificate else "http"
        self.server = _Server(("127.0.0.1", 0), _Handler)
        self.server.origin = self
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.server.context = context
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)
        assert not self.thread.is_alive(), "the origin does not end"

    def put(self, path, body=b"", **how):
        self.resources[path] = Resource(body, **how)
        return self.url(path)

    def url(self, path, host="origin.test"):
        return f"{self.scheme}://{host}:{self.port}{path}"

    def asked(self, path):
        """Requests for that path, oldest first."""
        with self.lock:
            return [a for a in self.log if a.path == path]

    def note(self, asked):
        with self.lock:
            self.log.append(asked)


class Pace:
    """Holds a sender back until what it sent before has arrived at a port."""

    def __init__(self, port):
        self.port = port
        self.base = tcp.arrived(port) if port else 0

    def wait(self, upto):
        """Until `upto` bytes are no more than WINDOW ahead; no more holding back after PATIENCE
        (the scanner has all it wants, or another connection there has ended)."""
        deadline = time.monotonic() + slowness.scaled(PATIENCE)
        while self.port and upto - (tcp.arrived(self.port) - self.base) > WINDOW:
            if time.monotonic() > deadline:
                self.port = None
            time.sleep(0.001)


class _Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    context = None

    def finish_request(self, request, client_address):
        if self.context:  # the handshake belongs into the connection's thread
            request.settimeout(20)
            request = self.context.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)

    def handle_error(self, request, client_address):
        """Broken connections are what many cases are about: the request's record tells."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "origin/1", ""
    timeout = 30
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def _serve(self):
        origin = self.server.origin
        body, complete = self._upload()
        origin.note(Asked(self.command, self.path, dict(self.headers.items()), body, complete))
        if not complete:
            self.close_connection = True
            return
        resource = origin.resources.get(self.path)
        if resource is None:
            resource = Resource(b"there is no such page\n", kind="text/plain", status=404)
        self._answer(resource)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = _serve

    # ------------------------------------------------------------ what came

    def _upload(self):
        """(body or None, whether it came whole)"""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._upload_chunks()
        if "Content-Length" not in self.headers:
            return None, True
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        return body, len(body) == length

    def _upload_chunks(self):
        body = b""
        while True:
            line = self.rfile.readline(1024)
            if not re.match(rb"[0-9A-Fa-f]+", line):
                return body, False
            size = int(line.split(b";")[0], 16)
            piece = self.rfile.read(size)
            body += piece
            if len(piece) < size:
                return body, False
            end = self.rfile.readline(1024)
            if size == 0:
                while end not in (b"\r\n", b"\n", b""):
                    end = self.rfile.readline(1024)
                return body, True

    # ------------------------------------------------------------ what goes

    def _answer(self, resource):
        status, body, headers = resource.status, resource.body, list(resource.headers)
        if resource.etag:
            headers.append(("ETag", resource.etag))
            if resource.etag in self.headers.get("If-None-Match", ""):
                status, body = 304, b""
        if resource.ranges:
            headers.append(("Accept-Ranges", "bytes"))
            wanted = re.fullmatch(r"bytes=(\d*)-(\d*)", self.headers.get("Range", ""))
            if wanted and (wanted[1] or wanted[2]):
                status, body, content_range = _part(body, wanted)
                headers.append(("Content-Range", content_range))
        time.sleep(resource.delay)
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        if status not in (204, 304):
            self._length(resource, body)
        self.end_headers()
        if self.command != "HEAD" and status not in (204, 304):
            self._body(resource, body)

    def _length(self, resource, body):
        if resource.kind:
            self.send_header("Content-Type", resource.kind)
        if resource.length == "yes":
            self.send_header("Content-Length", str(len(body)))
        elif resource.length == "chunked":
            self.send_header("Transfer-Encoding", "chunked")
        else:
            self.send_header("Connection", "close")

    def _body(self, resource, body):
        chunked = resource.length == "chunked"
        end = len(body) if resource.cut is None else min(resource.cut, len(body))
        piece = PIECE if not resource.rate else max(1, min(PIECE, resource.rate // 50))
        began, pace = time.monotonic(), Pace(resource.pace)
        for at in range(0, end, piece):
            pace.wait(at + piece)
            data = body[at:min(at + piece, end)]
            self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data) if chunked else data)
            if resource.rate:
                time.sleep(max(0.0, began + (at + len(data)) / resource.rate - time.monotonic()))
        if resource.cut is not None:
            self._cut(resource.reset)
        elif chunked:
            self.wfile.write(b"0\r\n\r\n")

    def _cut(self, reset):
        self.close_connection = True
        if reset:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                       struct.pack("ii", 1, 0))
            self.connection.close()


def _part(body, wanted):
    if wanted[1]:
        first = int(wanted[1])
        last = min(int(wanted[2]), len(body) - 1) if wanted[2] else len(body) - 1
    else:
        first, last = max(0, len(body) - int(wanted[2])), len(body) - 1
    if first > last:
        return 416, b"", f"bytes */{len(body)}"
    return 206, body[first:last + 1], f"bytes {first}-{last}/{len(body)}"
