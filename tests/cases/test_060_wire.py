# SPDX-License-Identifier: GPL-2.0-or-later
"""The scanner's socket: what is right is answered, what is not is refused, and whatever comes,
the scanner goes on."""

import os
import random
import socket

import pytest

from lib import procs, samples, wire
from lib.eicar import EICAR, EICAR_NAME, TESTFILE_NAME
from lib.expect import is_threat


def refused(server, message, fds=()):
    """Answered error/protocol, or closed without an answer; never a verdict."""
    before = server.board()
    try:
        reply = wire.exchange(server.socket, message, fds, timeout=10)
    except (ConnectionResetError, BrokenPipeError):
        reply = None
    assert reply is None or (reply.verdict, reply.reason) == ("error", "protocol"), reply
    assert wire.scan(server.socket, samples.unique()).verdict == "clean"
    assert server.board().supervisor == before.supervisor
    return reply


def test_clean(server):
    reply = wire.scan(server.socket, samples.unique(), name=b"letter.txt")
    assert (reply.verdict, reply.reason, reply.threat, reply.part) == ("clean", "none", "", "")
    assert reply.generation > 0 and any(reply.set_id) and not reply.cached


def test_infected_inline_and_by_descriptor(server):
    reply = wire.scan(server.socket, EICAR)
    assert (reply.verdict, reply.reason) == ("infected", "signature")
    assert is_threat(reply.threat, EICAR_NAME)
    big = next(p for p in samples.testfiles() if p.name == "clam_IScab_int.exe").read_bytes()
    assert len(big) > wire.INLINE_MAX
    reply = wire.scan(server.socket, big)
    assert reply.verdict == "infected" and is_threat(reply.threat, TESTFILE_NAME)


def test_part_names_the_way_inside(server):
    path = next(p for p in samples.testfiles() if p.name == "clam.zip")
    reply = wire.scan(server.socket, path.read_bytes(), name=b"clam.zip")
    assert reply.verdict == "infected"
    assert reply.part == "zip > clam.exe", reply.part


def test_second_time_comes_from_the_cache(server):
    body = samples.unique()
    first, second = (wire.scan(server.socket, body, digest=True) for _ in range(2))
    assert (first.verdict, first.cached) == ("clean", False)
    assert (second.verdict, second.cached) == ("clean", True)
    third = wire.scan(server.socket, body, digest=True, flags=wire.NO_CACHE)
    assert (third.verdict, third.cached) == ("clean", False)


def test_wrong_digest_does_not_teach_the_cache(server):
    """A client that gives EICAR the digest of something clean, and the other way round."""
    import hashlib
    body = samples.unique()
    lie = hashlib.sha256(body).digest()
    reply = wire.exchange(server.socket, wire.request(body=EICAR, sha256=lie))
    assert reply.verdict in ("error", "infected"), reply
    reply = wire.scan(server.socket, body, digest=True)
    assert reply.verdict == "clean"
    eicar_digest = hashlib.sha256(EICAR).digest()
    body = samples.unique()
    wire.exchange(server.socket, wire.request(body=body, sha256=eicar_digest))
    assert wire.scan(server.socket, EICAR, digest=True).verdict == "infected"


def test_ping(server):
    assert wire.exchange(server.socket, wire.request(wire.PING)).verdict == "clean"


REQUEST_SIZE = wire.REQUEST.size
WRONG = {
    "one-byte": b"x",
    "half-a-header": wire.request(body=b"abc")[:REQUEST_SIZE // 2],
    "magic": wire.request(body=b"abc", magic=1),
    "version": wire.request(body=b"abc", version=99),
    "kind-0": wire.request(0, b"abc"),
    "kind-999": wire.request(999, b"abc"),
    "flags": wire.request(body=b"abc", flags=0x80000000),
    "deadline-0": wire.request(body=b"abc", deadline_ms=0),
    "deadline-huge": wire.request(body=b"abc", deadline_ms=0xffffffff),
    "length-more": wire.request(body=b"abc", length=4),
    "length-less": wire.request(body=b"abc", length=2),
    "length-huge": wire.request(body=b"abc", length=1 << 63),
    "version-before": wire.request(body=b"abc", version=1),
    "name-too-long": wire.request(body=b"abc", name=b"n" * (wire.NAME_MAX + 1)),
    "type-too-long": wire.request(body=b"abc", type=b"t" * (wire.TYPE_MAX + 1)),
    "encoding-too-long": wire.request(body=b"abc", encoding=b"e" * (wire.ENCODING_MAX + 1)),
    "client-too-long": wire.request(body=b"abc", client=b"c" * (wire.CLIENT_MAX + 1)),
    "texts-over-the-end": wire.request(body=b"", name=b"n" * 1000)[:REQUEST_SIZE + 10],
    "descriptor-missing": wire.request(body=b"abc", flags=wire.BODY_FD, inline=False),
}


@pytest.mark.parametrize("name", WRONG)
def test_malformed(server, name):
    refused(server, WRONG[name])


def test_too_large_a_message(server):
    refused(server, wire.request(body=b"x" * 65537))
    refused(server, wire.request(body=b"x" * 90000, length=5))


@pytest.mark.parametrize("what", ["pipe", "socket", "directory", "device", "closed-short",
                                  "two-descriptors", "write-only", "unasked"])
def test_wrong_descriptors(server, what, tmp_path):
    extra, fds, length, flags = [], None, 100, wire.BODY_FD
    if what == "pipe":
        fds = [os.pipe()[0]]
    elif what == "socket":
        extra = socket.socketpair()
        fds = [extra[0].fileno()]
    elif what == "directory":
        fds = [os.open(tmp_path, os.O_RDONLY)]
    elif what == "device":
        fds = [os.open("/dev/zero", os.O_RDONLY)]
    else:
        path = tmp_path / "body"
        path.write_bytes(b"y" * (10 if what == "closed-short" else 100))
        mode = os.O_WRONLY if what == "write-only" else os.O_RDONLY
        fds = [os.open(path, mode)]
        if what == "two-descriptors":
            fds.append(os.open(path, os.O_RDONLY))
        if what == "unasked":
            flags, length = 0, 0
    message = wire.request(body=b"", flags=flags, length=length, inline=False)
    before = server.board().supervisor
    try:
        reply = wire.exchange(server.socket, message, fds, timeout=10)
    except (ConnectionResetError, BrokenPipeError):
        reply = None
    if what == "unasked":  # an empty inline body; the stray descriptor is thrown away
        assert reply is None or reply.verdict in ("clean", "error"), reply
    else:
        assert reply is None or reply.verdict == "error", reply
    if not extra:
        for fd in fds:
            os.close(fd)
    assert wire.scan(server.socket, samples.unique()).verdict == "clean"
    assert server.board().supervisor == before


def test_body_that_is_cut_while_it_is_scanned(server, tmp_path):
    """A client that truncates its file behind the scanner's back kills at most that scan."""
    path = tmp_path / "body"
    for keep in (0, 1, 70000):
        path.write_bytes(samples.incompressible(8 << 20))
        fd = os.open(path, os.O_RDWR)
        message = wire.request(body=b"", flags=wire.BODY_FD, length=8 << 20, inline=False)
        with wire.connect(server.socket) as s:
            wire.send(s, message, [fd])
            os.ftruncate(fd, keep)
            reply = wire.receive(s)
        os.close(fd)
        assert reply is None or reply.verdict in ("error", "clean"), reply
        assert wire.scan(server.socket, samples.unique()).verdict == "clean"


def test_noise(server):
    """Random messages and random damage to good ones."""
    noise = random.Random(2008)
    good = wire.request(body=b"hello", name=b"name", type=b"text/plain", encoding=b"gzip")
    supervisor = server.board().supervisor
    for i in range(400):
        if i % 2:
            message = noise.randbytes(noise.choice([1, 63, 64, 65, 100, 3000, 70000]))
        else:
            message = bytearray(good)
            for _ in range(noise.randint(1, 4)):
                message[noise.randrange(len(message))] = noise.randrange(256)
        try:
            wire.exchange(server.socket, bytes(message), timeout=20)
        except (ConnectionResetError, BrokenPipeError):
            pass
    assert server.board().supervisor == supervisor
    assert wire.scan(server.socket, EICAR).verdict == "infected"


def test_clients_that_say_nothing_or_leave(server):
    """Idle connections do not keep others waiting; those that hang up are forgotten."""
    idle = [wire.connect(server.socket) for _ in range(50)]
    assert wire.scan(server.socket, samples.unique()).verdict == "clean"
    for i in range(50):
        s = wire.connect(server.socket)
        wire.send(s, wire.request(body=samples.unique(2000)))
        s.close()
    assert wire.scan(server.socket, EICAR).verdict == "infected"
    for s in idle:
        s.close()
    procs.wait_until(lambda: server.board().queued == 0, 10, server.describe)


def test_socket_is_not_for_everybody(server):
    mode = os.stat(server.socket).st_mode
    assert mode & 0o007 == 0, oct(mode)
