# SPDX-License-Identifier: GPL-2.0-or-later
"""Recorded requests of real clients (data/captures), taken apart so that their answers can be
judged: what was sent, up to where the client waited, and whether it is a full request."""

import base64
import re

from lib import icap
from lib.env import DATA

KEY = 0x5A


class Capture:
    """Has what expect and icap.check_allowed look at in a Request, and the raw bytes."""

    def __init__(self, name, raw):
        self.name, self.raw = name, raw
        head, _, rest = raw.partition(b"\r\n\r\n")
        self.head = icap.Headers(head, name)
        self.method, url, _ = self.head.start.decode().split(" ")
        self.service = url.split("/", 3)[3]
        self.allow = self.head.get("Allow", "")
        preview = self.head.get("Preview")
        self.preview = None if preview is None else int(preview)
        self.close = self.head.get("Connection", "").lower() == "close"
        self.req = self.res = self.body = None
        self.complete = True
        self.waits_at = len(raw)  # a client behind a preview waits here
        self._parts(rest, len(head) + 4)

    def _parts(self, rest, start):
        parts = [(p.split("=")[0].strip(), int(p.split("=")[1]))
                 for p in self.head.get("Encapsulated", "null-body=0").split(",")]
        for (name, at), (_, end) in zip(parts, parts[1:]):
            setattr(self, name[:3], rest[at:end])
        kind, at = parts[-1]
        if kind == "null-body":
            return
        body, end, ieof = dechunk(rest, at)
        if end is not None and self.preview is not None and not ieof:
            self.waits_at = start + end
            more, end, _ = dechunk(rest, end)
            body += more
        self.complete = end is not None
        self.body = body

    def allows(self, status):
        return str(status) in [a.strip() for a in self.allow.split(",")]

    def play(self, connection):
        """Sends what the client sent and returns the final response; None when the client
        gave up in the middle (and 100 Continue was the right answer so far)."""
        connection.start()
        connection.send(self.raw[:self.waits_at])
        if not self.complete and self.preview is None:
            return None
        response = connection.receive(self.method)
        if response.status == 100:
            assert self.preview is not None, "100 Continue without a preview"
            connection.first_write = None
            connection.send(self.raw[self.waits_at:])
            if not self.complete:
                return None
            response = connection.receive(self.method)
            assert response.status != 100, "a second 100 Continue"
            response.continued = True
        icap.check_allowed(self, response)
        return response


def dechunk(data, at):
    """(body, where it ends or None when it does not, whether "ieof" said that it is whole)."""
    body = []
    while True:
        line, mark, _ = data[at:at + 100].partition(b"\r\n")
        if not mark or not re.match(rb"[0-9A-Fa-f]+(;.*)?", line):
            return b"".join(body), None, False
        size = int(line.split(b";")[0], 16)
        at += len(line) + 2
        if size == 0:
            end = at if data[at:at + 2] == b"\r\n" else data.find(b"\r\n\r\n", at) + 2
            whole = end >= at and data[end:end + 2] == b"\r\n"
            return b"".join(body), end + 2 if whole else None, b"ieof" in line
        if at + size + 2 > len(data):
            return b"".join(body), None, False
        body.append(data[at:at + size])
        at += size + 2


def load():
    out = []
    for line in (DATA / "captures" / "requests.txt").read_text(encoding="ascii").splitlines():
        name, code = line.split(" ")
        out.append(Capture(name, bytes(b ^ KEY for b in base64.b85decode(code))))
    return out
