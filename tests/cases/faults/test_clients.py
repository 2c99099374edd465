# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients that are slow, silent, half closed or gone, beside eight that behave.

Nothing of the eight may be lost, and nothing may be left of the others."""

import contextlib
import os
import socket
import threading

import pytest

from lib import faults, icap, procs, samples, slowness, wire
from lib.eicar import EICAR
from lib.load import Load

JOBS = [(lambda: icap.respmod(EICAR, service="strict"), ("infected",)),
        (lambda: icap.respmod(samples.unique(), service="strict"), ("clean",))]
HEAD = b"RESPMOD icap://127.0.0.1/strict ICAP/1.0\r\nHost: 127.0.0.1\r\n"


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def spotless(server, load):
    assert not load.wrong and not load.lost, load
    supervisor = server.board().supervisor
    procs.wait_until(lambda: server.board().queued == 0 and not server.board().busy(),
                     30 * server.env.slow, server.describe)
    return supervisor


def silent_tcp(server, count):
    """Connections with half a request each."""
    for _ in range(count):
        one = socket.create_connection(("127.0.0.1", server.port), timeout=slowness.scaled(20))
        one.sendall(HEAD)
        yield one


def beside(server, others, more=100):
    with contextlib.ExitStack() as stack:
        for one in others:
            stack.enter_context(contextlib.closing(one))
        with Load(server.port, JOBS, timeout=60 * server.env.slow) as load:
            load.wait_for(more, 90)
    spotless(server, load)


def test_half_a_request(make_server):
    server = make_server(threads=40).start()
    beside(server, silent_tcp(server, 50))


@pytest.mark.heavy
@pytest.mark.timeout(600)
def test_two_thousand_silent_ones(make_server):
    """Each takes a thread of c-icap."""
    server = make_server(children=4, threads=550).start(timeout=120)
    beside(server, silent_tcp(server, 2000), 500)


class Slow:
    """So many clients that send a whole request, a byte now and then; close() ends them."""

    def __init__(self, server, count, pause):
        self.whole, self.pause, self.broken = raw(EICAR), pause, []
        self.made = list(silent_tcp(server, count))
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self._trickle, daemon=True)
        self.thread.start()

    def _trickle(self):
        for at in range(len(HEAD), len(self.whole)):
            if self.ended.wait(self.pause):
                return
            try:
                for one in self.made:
                    one.sendall(self.whole[at:at + 1])
            except OSError as e:
                self.broken.append(f"byte {at} of {len(self.whole)}: {e!r}")
                return

    def found(self):
        """How many were told of EICAR, once all is sent."""
        self.thread.join(slowness.scaled(300))
        assert not self.broken, self.broken
        told = 0
        for one in self.made:
            got = b""
            while b"X-Infection-Found" not in got and (chunk := one.recv(4096)):
                got += chunk
            told += b"X-Infection-Found" in got
        return told

    def close(self):
        self.ended.set()
        self.thread.join(slowness.scaled(20))
        for one in self.made:
            one.close()


@pytest.mark.parametrize("count, pause", [(30, 0.02), pytest.param(2000, 0.2, marks=[
    pytest.mark.heavy, pytest.mark.timeout(900)])])
def test_slow_ones(make_server, count, pause):
    """They take a thread each, for as long as they send; the others lose nothing. They themselves are
    answered if they have sent all within c-icap's Timeout."""
    server = make_server(children=4, threads=count // 4 + 50, cicap={"Timeout": 600}).start(timeout=120)
    with contextlib.closing(Slow(server, count, pause)) as slow:
        with Load(server.port, JOBS, timeout=60 * server.env.slow) as load:
            load.wait_for(100, 90)
            told = slow.found()
    assert told == count, server.describe()
    spotless(server, load)


def test_half_closed(make_server):
    """The client has said all and shuts its side down: it gets its verdict."""
    server = make_server().start()
    for body, mark in ((EICAR, b"X-Infection-Found"), (samples.unique(), b"ICAP/1.0 20")):
        with socket.create_connection(("127.0.0.1", server.port), timeout=slowness.scaled(60)) as one:
            one.sendall(icap.respmod(body, service="strict").bytes()
                        if hasattr(icap.Request, "bytes") else raw(body))
            one.shutdown(socket.SHUT_WR)
            got = b""
            while chunk := one.recv(65536):
                got += chunk
        assert mark in got, got[:500]


def raw(body):
    """A whole RESPMOD as bytes."""
    http = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    return HEAD + b"Encapsulated: res-hdr=0, res-body=%d\r\n\r\n" % len(http) + http + \
        b"%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"


def test_hang_ups(make_server):
    """Clients go away at every point of a request, again and again: nothing is left."""
    server = make_server(threads=20).start()
    faults.settled(server)  # each worker, and the copy of the engine, has a descriptor
    supervisor = server.board().supervisor
    before = descriptors(supervisor)
    whole = raw(EICAR + b" " * 3000)
    with Load(server.port, JOBS, timeout=60 * server.env.slow) as load:
        load.wait_for(10, 60)
        for i in range(150):
            with socket.create_connection(("127.0.0.1", server.port), timeout=slowness.scaled(20)) as one:
                one.sendall(whole[:1 + i * len(whole) // 150])
        load.wait_for(30, 60)
    spotless(server, load)
    procs.wait_until(lambda: descriptors(supervisor) <= before + 2, 30 * server.env.slow,
                     lambda: f"{descriptors(supervisor)} descriptors, {before} before")


def test_silent_ones_at_the_scanner(make_server):
    """At the scanner's own socket: they are closed after a few seconds, requests go on."""
    server = make_server().start()

    def silent():
        for _ in range(200):
            yield wire.connect(server.socket)
    beside(server, silent())


def test_hang_ups_at_the_scanner(make_server):
    """Requests whose client is gone before the verdict: no descriptor and no worker is lost."""
    server = make_server(workers=3).start()
    faults.settled(server)
    supervisor = server.board().supervisor
    before = descriptors(supervisor)
    for _ in range(300):
        with wire.connect(server.socket) as one:
            wire.send(one, wire.request(body=samples.unique(2000)))
    procs.wait_until(lambda: descriptors(supervisor) <= before + 2 and
                     len(server.board().slots) == 4 and not server.board().busy(),
                     60 * server.env.slow,
                     lambda: f"{descriptors(supervisor)} of {before}: {server.describe()}")
    assert wire.scan(server.socket, EICAR).verdict == "infected"
