# SPDX-License-Identifier: GPL-2.0-or-later
"""Talks to epostavs directly (common/wire.h)."""

import array
import hashlib
import os
import socket
import struct

from lib import slowness

MAGIC, VERSION = 0x56415045, 2
SCAN, RELOAD, SETTINGS, PING = 1, 2, 3, 4
BODY_FD, HAS_SHA256, NO_CACHE, UPLOAD = 1, 2, 4, 8
ALL_THREATS = 0x100
CACHED, HEAVY, COMPLETE, FACTS_CUT = 1, 2, 0x100, 0x200
MEMBERS_SHORT, MEMBERS_CUT = 0x400, 0x800
INLINE_MAX = 65536
NAME_MAX, TYPE_MAX, ENCODING_MAX, CLIENT_MAX = 8192, 8192, 1024, 256
DEPENDS_ENDING, DEPENDS_TYPE, DEPENDS_ENCODING, DEPENDS_UPLOAD = 1, 2, 4, 8
VERDICTS = ("error", "clean", "infected", "unscannable")
REASONS = {0: "unknown", 1: "none", 2: "signature", 10: "timeout", 11: "crashed",
           12: "crash-listed", 13: "no-engine", 14: "busy", 15: "protocol", 16: "io", 17: "memory",
           18: "unavailable", 19: "internal", 20: "retry", 21: "pending", 22: "aborted", 30: "encrypted",
           31: "encoding", 32: "container", 33: "partial", 34: "malformed",
           35: "heuristic", 40: "max-body-size",
           41: "max-scan-size", 42: "max-file-size", 43: "max-files", 44: "max-recursion",
           45: "max-scan-time", 46: "max-ratio", 47: "max-encodings", 48: "limit",
           49: "max-memory",
           60: "skipped", 61: "block-listed", 62: "allow-listed",
           63: "stream"}

REQUEST = struct.Struct("@IHHIIQ32s4H")
REPLY = struct.Struct("@IHBBIIQQ16sIIII32s256s768s256s2048s4096s")


class Reply:
    def __init__(self, data):
        if len(data) != REPLY.size:
            raise ValueError(f"a reply of {len(data)} bytes, not {REPLY.size}")
        (magic, version, verdict, reason, self.flags, self.layers, self.scanned, self.generation,
         self.set_id, self.queued_us, self.elapsed_us, self.depends, self.cpu_us, self.part_sha256,
         threat, part, detail, facts, members) = REPLY.unpack(data)
        if (magic, version) != (MAGIC, VERSION):
            raise ValueError(f"not a reply: {magic:#x} version {version}")
        self.verdict, self.reason = VERDICTS[verdict], REASONS[reason]
        self.threat, self.part, self.detail = (
            f.split(b"\0", 1)[0].decode("utf-8") for f in (threat, part, detail))
        # (reason, name, part) of everything found
        self.facts = [(REASONS[int(number)], name, inside) for number, name, inside in
                      (line.split("\t") for line in
                       facts.split(b"\0", 1)[0].decode("utf-8").splitlines())]
        # (kind, name) of what is inside
        self.members = [tuple(line.split("\t")) for line in
                        members.split(b"\0", 1)[0].decode("utf-8").split("\n") if line]
        self.cached = bool(self.flags & CACHED)

    def __repr__(self):
        return f"<reply {self.verdict}/{self.reason} {self.threat!r} {self.part!r} {self.detail!r}>"


def request(kind=SCAN, body=b"", *, name=b"", type=b"", encoding=b"", flags=0, deadline_ms=20000,
            length=None, magic=MAGIC, version=VERSION, sha256=None, client=b"", inline=True):
    """The bytes of a request message; every field can be made wrong."""
    head = REQUEST.pack(magic, version, kind, flags | (HAS_SHA256 if sha256 else 0), deadline_ms,
                        len(body) if length is None else length, sha256 or b"\0" * 32,
                        len(name), len(type), len(encoding), len(client))
    return head + name + type + encoding + client + (body if inline else b"")


def connect(path, timeout=20):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    s.settimeout(slowness.scaled(timeout))
    s.connect(str(path))
    return s


def send(s, message, fds=()):
    control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
    s.sendmsg([message], control)


def receive(s):
    """The reply; None when the scanner closed without one."""
    data = s.recv(REPLY.size + 1)
    return Reply(data) if data else None


def exchange(path, message, fds=(), timeout=20):
    with connect(path, timeout) as s:
        send(s, message, fds)
        return receive(s)


def scan(path, body, timeout=20, digest=False, **more):
    """Scans a body, inline or by descriptor as its length demands."""
    sha = hashlib.sha256(body).digest() if digest else None
    if len(body) <= INLINE_MAX:
        return exchange(path, request(SCAN, body, sha256=sha, **more), timeout=timeout)
    fd = os.memfd_create("body", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with open(fd, "wb", closefd=False) as f:
            f.write(body)
        more["flags"] = more.get("flags", 0) | BODY_FD
        message = request(SCAN, body, sha256=sha, inline=False, **more)
        return exchange(path, message, [fd], timeout)
    finally:
        os.close(fd)
