# SPDX-License-Identifier: GPL-2.0-or-later
"""Squid and the scanner when something breaks: origins and clients that give up, a scanner that
is away, hung, or without signatures."""

import signal
import socket

import pytest

from lib import env as environment, procs, samples, web
from lib.door import Door
from lib.eicar import EICAR
from lib.faults import frozen_workers
from lib.squid import Squid

RETRY = environment.TOP.joinpath("conf/clients/squid-retry.conf").read_text(encoding="utf-8")


@pytest.mark.parametrize("length", ["yes", "chunked"])
@pytest.mark.parametrize("reset", [False, True])
def test_origin_cuts_a_file(origin, squid, length, reset):
    """A cut file is never delivered as if it were whole, and the next one works."""
    body = samples.incompressible(200_000, 9)
    url = origin.put(f"/cut-{length}-{reset}", body, length=length, cut=100_000, reset=reset,
                     rate=2_000_000, pace=squid.scanner)
    reply = squid.get(url)
    assert reply.body != body
    assert reply.status >= 500 or not reply.whole or length == "chunked", reply
    web.delivered(squid.get(origin.put("/after-cut", b"still here\n")), b"still here\n")


def test_origin_cuts_an_infected_file(origin, squid):
    """The received part is scanned: the threat is found in the part."""
    url = origin.put("/cut-bad", EICAR + b"\n" * 100_000, cut=60_000, rate=2_000_000)
    reply = squid.get(url)
    assert EICAR not in reply.body, reply
    assert reply.status in (403, 502, 503), reply


def test_client_goes_away(origin, server, squid):
    """Clients that hang up in the middle leave nothing behind in the scanner."""
    url = origin.put("/slow", samples.incompressible(400_000, 5), rate=200_000)
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", squid.port), 10) as s:
            s.sendall(f"GET {url} HTTP/1.1\r\nHost: origin.test\r\n\r\n".encode())
            procs.wait_until(lambda: origin.asked("/slow"), 10, "the origin was not asked")
    for _ in range(5):
        with socket.create_connection(("127.0.0.1", squid.port), 10) as s:
            s.sendall(f"POST {url} HTTP/1.1\r\nHost: origin.test\r\nContent-Length: 100000\r\n\r\n"
                      .encode() + b"x" * 5000)
    web.blocked(squid.get(origin.put("/after-abort", EICAR)))
    procs.wait_until(lambda: not server.board().busy(), 20, server.describe)


def down(env, bypass):
    return Squid(env, environment.free_port(), bypass=bypass)


def test_scanner_away(env, origin):
    """bypass=off: nothing passes unscanned; bypass=on: everything does."""
    url = origin.put("/away", b"clean\n", kind="text/plain")
    bad = origin.put("/away-bad", EICAR)
    with down(env, "off") as squid:
        for one in (url, bad):
            reply = squid.get(one)
            assert reply.status == 500 and "ERR_ICAP_FAILURE" in reply.headers["X-Squid-Error"]
            assert EICAR not in reply.body
    with down(env, "on") as squid:
        web.delivered(squid.get(url), b"clean\n")
        web.delivered(squid.get(bad), EICAR)


def test_scanner_comes_back(env, make_server, origin):
    """Squid asks again within seconds (icap_service_revival_delay), and all is well."""
    url = origin.put("/back", samples.unique(100), kind="text/plain")
    server = make_server().start()
    with Squid(env, server.port) as squid:
        assert squid.get(url).status == 200
        server.kill()  # c-icap's own stop waits ten seconds for Squid's idle connections
        assert squid.get(url).status == 500
        server.start()
        procs.wait_until(lambda: squid.get(url).status == 200, 30, squid.describe, pause=0.2)
        web.blocked(squid.get(origin.put("/back-bad", EICAR)))


def test_no_signatures(env, make_server, origin):
    """A scanner that has nothing to scan with passes nothing."""
    server = make_server(bases=None).start(ready=False)
    url = origin.put("/unready", b"clean\n")
    with Squid(env, server.port) as squid:
        reply = squid.get(url)
        assert reply.status == 500 and "ERR_ICAP_FAILURE" in reply.headers["X-Squid-Error"], reply


def test_scanner_hangs(env, make_server, origin):
    """Every worker hangs: an error at the deadline, not a pass, and then it works again."""
    server = make_server(settings={"Profile": "web timeout=1s"}, workers=2).start()
    with Squid(env, server.port) as squid:
        assert squid.get(origin.put("/warm", samples.unique(50))).status == 200
        with frozen_workers(server):
            reply = squid.get(origin.put("/hung", samples.unique(60)))
            assert reply.status in (500, 503), reply
        url = origin.put("/again", samples.unique(70))
        procs.wait_until(lambda: squid.get(url).status == 200, 20, server.describe, pause=0.2)


@pytest.mark.parametrize("infected", [False, True])
def test_trickling(env, make_server, origin, infected):
    """A slow download that trickles while it is scanned: whole if clean; with a threat inside
    it breaks off, and what arrived is a small beginning."""
    server = make_server(settings={"TrickleAfter": "0.3", "TrickleInterval": "0.1"}).start()
    body = web.zipped(EICAR if infected else b"harmless", padding=300_000)
    with Squid(env, server.port) as squid:
        reply = squid.get(origin.put("/trickle.zip", body, rate=200_000, pace=server.port))
        if not infected:
            return web.delivered(reply, body)
        assert not reply.whole and body.startswith(reply.body), reply
        assert len(reply.body) < 20_000 * server.env.slow, reply  # so much a second
    assert "action=cut" in server.logged("/trickle.zip", "verdict=infected")


def test_child_killed(env, make_server, origin):
    """kill -9 of c-icap's children under requests: people get their pages, because Squid asks
    the next child."""
    server = make_server(children=3).start()
    with Squid(env, server.port, extra=RETRY) as squid:
        for i in range(6):
            url = origin.put(f"/child-{i}", samples.unique(100))
            assert squid.get(url).status == 200
            if i % 2 == 0:
                procs.kill(server.children_pids()[0], signal.SIGKILL)


def test_scanner_dies_slowly(env, server, origin):
    """A dying scanner takes connections and drops them until its last process is gone. Squid
    outlasts that, and goes on asking: the address is HAProxy's, with another scanner behind it."""
    with Door(server.port) as door, Squid(env, door.port, extra=RETRY) as squid:
        for i in range(4):
            web.delivered(squid.get(origin.put(f"/slowly-{i}", b"here\n")), b"here\n")
            door.slam(6)
        web.blocked(squid.get(origin.put("/slowly-bad", EICAR)))
        assert door.refused == 24
