# SPDX-License-Identifier: GPL-2.0-or-later
"""Scans that take long, and clients that do: trickling, and deadlines for bodies and headers."""

import time

import pytest

from lib import expect, faults, icap, procs, samples
from lib.eicar import EICAR, TESTFILE_NAME

TRICKLE = {"TrickleAfter": "1", "TrickleInterval": "0.2", "TrickleBytes": "100"}


def large_infected():
    return next(p for p in samples.testfiles() if p.name == "clam_ISmsi_int.exe").read_bytes()


def request(body, make=icap.respmod, preview=0, service="web"):
    return make(body, service=service, preview=preview)


def while_it_scans(server, body, seconds, some=False, **how):
    """The bytes that come out in so many seconds while all workers stand still, and the connection,
    whose scan is then free to end. some: waits longer, until there are some."""
    connection = server.connect()
    with faults.frozen_workers(server):
        connection.start()
        connection.send_body(request(body, **how))
        faults.caught(server)
        connection.socket.settimeout(0.05)
        end = time.monotonic() + (20 * server.env.slow if some else seconds)
        while time.monotonic() < end and not (some and connection.buffer):
            try:
                connection.buffer += connection.socket.recv(65536)
            except TimeoutError:
                continue
    return connection


def test_nothing_goes_out_at_once(server):
    connection = while_it_scans(server, large_infected(), 1.5)
    assert connection.buffer == b""
    expect.infected(connection.receive(), TESTFILE_NAME)
    connection.close()


def test_trickled_clean_body_arrives_whole(make_server):
    server = make_server(settings=TRICKLE).start()
    body = samples.incompressible(600000, 5)
    connection = while_it_scans(server, body, 2.5, some=True)
    early = len(connection.buffer)
    assert 0 < early < 20000, early
    response = connection.receive()
    icap.check_allowed(request(body), response)
    expect.clean(request(body), response)
    connection.close()


@pytest.mark.parametrize("how", [{"preview": None}, {"make": icap.reqmod}, {"service": "strict"}],
                         ids=["no preview", "upload", "strict"])
def test_others_get_nothing_before_the_verdict(make_server, how):
    """A client without a preview reads the verdict from the beginning of the answer."""
    server = make_server(settings=TRICKLE).start()
    connection = while_it_scans(server, large_infected(), 2.5, **how)
    assert connection.buffer == b""
    expect.infected(connection.receive(), TESTFILE_NAME)
    connection.close()


def test_a_profile_can_trickle(make_server):
    server = make_server(settings={**TRICKLE, "Profile": "strict trickle=on"}).start()
    connection = while_it_scans(server, large_infected(), 2.5, some=True, service="strict")
    assert connection.buffer
    connection.close()


def test_trickled_threat_breaks_the_connection(make_server):
    """Infected content is never completed: no last chunk, and the log says that it was cut."""
    server = make_server(settings=TRICKLE).start()
    body = large_infected()
    connection = while_it_scans(server, body, 2.5, some=True)
    assert connection.buffer
    with pytest.raises(icap.ConnectionLost):
        connection.receive()
    sent = connection.buffer
    assert b"\r\n0\r\n\r\n" not in sent and len(sent) < len(body) // 2
    connection.close()
    procs.wait_until(lambda: "cut" in server.text("epost_av.log"), 10, server.describe)


def test_small_bodies_are_not_trickled_whole(make_server):
    """A body shorter than a drop: it must not be all out before its verdict."""
    server = make_server(settings={**TRICKLE, "TrickleBytes": "4000"}).start()
    connection = while_it_scans(server, EICAR, 2.5)
    try:
        expect.infected(connection.receive())
    except icap.ConnectionLost:
        assert EICAR not in connection.buffer
    connection.close()


@pytest.mark.parametrize("size", [1, 17, 68, 4000, 30_000, 300_000])
def test_what_is_whole_does_not_wait(server, size):
    """The last piece of a body and the mark of its end come in one segment: c-icap has both when it
    hands the piece over. With the shipped TrickleAfter nothing trickles, since all is there."""
    body = EICAR if size == len(EICAR) else samples.incompressible(size, size)
    asked = request(body, service="avscan")
    response = server.exchange(asked)
    assert response.headers.get("X-Epost-AV-Verdict") != "pending", response.headers
    if body == EICAR:
        expect.infected(response)
    else:
        expect.clean(asked, response)


def test_a_body_that_never_ends_is_cut(make_server):
    server = make_server(settings={"ReceiveTimeout": "1"}, cicap={"Timeout": 3}).start()
    whole = icap.respmod(samples.unique(5000), chunk=1000).stages()[0]
    with server.connect() as connection:
        connection.start(20)
        connection.send(whole[:3000])
        began = time.monotonic()
        try:
            response = connection.receive()
            assert response.status >= 400, expect.describe(response)
        except icap.ConnectionLost:
            pass
        assert time.monotonic() - began < 10 * server.env.slow


def test_a_header_that_never_ends_is_cut(make_server):
    server = make_server(cicap={"Timeout": 2}).start()
    with server.connect() as connection:
        connection.start(20)
        connection.send(b"RESPMOD icap://127.0.0.1/avscan ICAP/1.0\r\nHost: ")
        try:
            assert connection.receive().status >= 400
        except icap.ConnectionLost:
            pass


def test_a_client_that_leaves_frees_the_worker(make_server):
    """Its scan is forgotten or killed; the worker serves others at once."""
    server = make_server(workers=1, settings={"Profile": "web timeout=60"}).start()
    with faults.frozen_workers(server) as pids:
        connection = server.connect()
        connection.start()
        connection.send(icap.respmod(samples.unique(3000), service="web").stages()[0])
        faults.caught(server)
        connection.close()
        procs.wait_until(lambda: procs.gone(pids[0]) or not server.board().busy(),
                         20 * server.env.slow, server.describe)
    request = icap.respmod(samples.unique())
    expect.clean(request, server.exchange(request))
