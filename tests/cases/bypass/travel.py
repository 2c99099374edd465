# SPDX-License-Identifier: GPL-2.0-or-later
"""A sample as an ICAP request."""

from lib import icap


def headers(sample, body):
    """The HTTP header lines of the message that carries the body."""
    http = sample.http
    lines = [f"Content-Type: {http.kind}"] if http.kind else []
    if http.encoding:
        lines.append(f"Content-Encoding: {http.encoding}")
    lines += http.headers
    lines.append(f"Content-Length: {len(body) if http.declared is None else http.declared}")
    return lines


def request(sample, direction, service, **more):
    """direction: "RESPMOD" (a download) or "REQMOD" (an upload)."""
    http, body = sample.http, sample.body()
    url = "http://example.test/" + http.filename
    lines = headers(sample, body)
    if direction == "RESPMOD":
        start, req = f"HTTP/1.1 {http.status}", icap.http_get(url)
        res = "\r\n".join([start, *lines]).encode("latin-1") + b"\r\n\r\n"
    else:
        start, res = f"{http.method} {url} HTTP/1.1", None
        req = "\r\n".join([start, "Host: example.test", *lines]).encode("latin-1") + b"\r\n\r\n"
    return icap.Request(direction, service, req=req, res=res, body=body, chunk=http.chunk,
                        preview=http.preview, **more)
