# SPDX-License-Identifier: GPL-2.0-or-later
"""RFC 3507: its examples and what it demands of a server."""

import re
import socket

import pytest

from lib import expect, icap, procs, samples
from lib.eicar import EICAR

ECHO_HEADERS = b"Host: 127.0.0.1\r\n"


def raw(server, data, timeout=10, shut=False):
    """Sends bytes as they are; everything that comes back until the server closes or the
    answer's end is reached by the caller's parse."""
    connection = server.connect(timeout)
    connection.start()
    try:
        connection.send(data)
    except icap.ConnectionLost:
        pass  # what it answered before it closed may still be there to read
    if shut:
        try:
            connection.socket.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the server was quicker to close
    return connection


def alive(server):
    expect.infected(server.exchange(icap.respmod(EICAR)))


# ---------------------------------------------------------------- section 4.10: OPTIONS


def test_options(server):
    """4.10.2: Methods and ISTag must be there, Encapsulated says null-body."""
    response = server.options()
    assert response.status == 200
    methods = re.split(r", *", response["Methods"])
    assert sorted(methods) == ["REQMOD", "RESPMOD"]
    assert response["ISTag"] and response["Service"]
    assert "204" in re.split(r", *", response["Allow"])
    assert int(response["Options-TTL"]) > 0 and int(response["Preview"]) >= 0
    assert response["Transfer-Preview"] == "*"
    if "Max-Connections" in response.headers:
        assert int(response["Max-Connections"]) >= server.children * server.threads


def test_istag_is_one_everywhere(server):
    """4.7: every answer carries the same ISTag, and it fits in 32 bytes."""
    tags = {server.options()["ISTag"]}
    for request in (icap.respmod(b"clean", allow="204"), icap.respmod(b"clean"),
                    icap.respmod(EICAR), icap.reqmod(b"clean", preview=1024),
                    icap.reqmod(None)):
        tags.add(server.exchange(request)["ISTag"])
    assert len(tags) == 1, tags


def test_options_with_encapsulated_header(server):
    request = icap.Request("OPTIONS", "avscan", headers=["Encapsulated: null-body=0"])
    assert server.exchange(request).status == 200


# ------------------------------------------------- section 4.8, 4.9: the RFC's own examples


def test_example_reqmod_get(server):
    """4.8.3, example 1: a GET without a body."""
    http = (b"GET / HTTP/1.1\r\nHost: www.origin-server.com\r\nAccept: text/html, text/plain\r\n"
            b"Accept-Encoding: compress\r\nCookie: ff39fk3jur@4ii0e02i\r\n"
            b"If-None-Match: \"xyzzy\", \"r2d2xxxx\"\r\n\r\n")
    request = icap.Request("REQMOD", "avscan", req=http)
    response = server.exchange(request)
    assert response.status == 200  # no Allow: 204, so the request comes back
    expect.clean(request, response)


def test_example_reqmod_post(server):
    """4.8.3, example 2: a POST with a body."""
    http = (b"POST /origin-resource/form.pl HTTP/1.1\r\nHost: www.origin-server.com\r\n"
            b"Accept: text/html\r\nAccept-Encoding: compress\r\nPragma: no-cache\r\n\r\n")
    request = icap.Request("REQMOD", "avscan", req=http, body=b"I am posting this information.")
    expect.clean(request, server.exchange(request))


def test_example_respmod(server):
    """4.9.3, example 4."""
    req = (b"GET /origin-resource HTTP/1.1\r\nHost: www.origin-server.com\r\n"
           b"Accept: text/html, text/plain, image/gif\r\nAccept-Encoding: gzip, compress\r\n\r\n")
    res = (b"HTTP/1.1 200 OK\r\nDate: Mon, 10 Jan 2000 09:52:22 GMT\r\n"
           b"Server: Apache/1.3.6 (Unix)\r\nETag: \"63840-1ab7-378d415b\"\r\n"
           b"Content-Type: text/html\r\nContent-Length: 51\r\n\r\n")
    body = b"This is data that was returned by an origin server."
    request = icap.Request("RESPMOD", "avscan", req=req, res=res, body=body)
    expect.clean(request, server.exchange(request))


# ---------------------------------------------------------------- section 4.5: preview


def test_preview_zero_with_a_body(server):
    """4.5: "Preview: 0" with a body: only the zero chunk, then 100 Continue or an answer."""
    for make in (icap.respmod, icap.reqmod):
        response = server.exchange(make(EICAR, preview=0))
        assert response.continued
        expect.infected(response)


def test_preview_that_is_all_gets_no_100(server):
    """4.5: after "ieof" 100 Continue must not be sent."""
    for body in (b"", b"x", EICAR):
        request = icap.respmod(body, preview=1024)
        response = server.exchange(request)  # a 100 here raises BadResponse
        assert not response.continued


def test_preview_as_long_as_the_body_without_ieof(server):
    """The client does not know that this is all; what follows is an empty rest."""
    request = icap.respmod(EICAR, preview=len(EICAR), ieof=False)
    expect.infected(server.exchange(request))
    request = icap.respmod(b"clean", preview=5, ieof=False)
    expect.clean(request, server.exchange(request))


def test_204_inside_a_preview_needs_no_allow(server):
    """4.5, 4.6: nothing to scan and a preview: 204 may be given; and without a preview and
    without Allow it must not be (checked by the client in every exchange)."""
    request = icap.respmod(b"clean", preview=1024)
    expect.clean(request, server.exchange(request))
    response = server.exchange(icap.respmod(b"clean"))
    assert response.status == 200


def test_204_outside_preview_when_allowed(server):
    response = server.exchange(icap.respmod(samples.unique(5000), allow="204"))
    assert response.status == 204


@pytest.mark.parametrize("value", ["-1", "abc", "", "99999999999999999999", "1 2", "0x10"])
def test_bad_preview(server, value):
    request = icap.respmod(EICAR, headers=[f"Preview: {value}"])
    connection = raw(server, request.stages()[0])
    try:
        response = connection.receive("RESPMOD")
        assert response.status >= 400 or response.status == 100 or \
            "X-Infection-Found" in response.headers, expect.describe(response)
    except icap.ConnectionLost:
        pass
    connection.close()
    alive(server)


# ---------------------------------------------------------------- section 4.4: encapsulation

BAD_ENCAPSULATED = ["", "res-body=0", "req-hdr=0", "nonsense", "=,=,=", "opt-body=0",
                    "req-hdr=0, res-hdr=9999999, res-body=99999999"]

# Offsets that are negative, fall, or overflow: c-icap 0.5.10 itself copies beyond its buffers
# (its bundled echo service does the same), which may cost it the child at any later moment.
WILD_ENCAPSULATED = ["req-hdr=5, res-hdr=0, res-body=1", "req-hdr=-1, res-hdr=40, res-body=80",
                     "res-hdr=0, res-body=99999999999999999999",
                     "req-hdr=0, " * 50 + "res-body=0"]


def send_encapsulated(server, value):
    head = f"RESPMOD icap://127.0.0.1/avscan ICAP/1.0\r\nHost: x\r\nEncapsulated: {value}\r\n\r\n"
    body = icap.http_get() + icap.http_ok(68) + icap.chunked(EICAR)
    connection = raw(server, head.encode() + body, shut=True)
    try:
        response = connection.receive("RESPMOD")
        assert response.status != 204, expect.describe(response)
        assert response.status != 200 or EICAR not in (response.body or b"")
    except (icap.ConnectionLost, icap.BadResponse):
        pass
    connection.close()


@pytest.mark.parametrize("value", BAD_ENCAPSULATED, ids=range(len(BAD_ENCAPSULATED)))
def test_bad_encapsulated(server, value):
    """Refused, or answered without calling it clean; the next request is served."""
    send_encapsulated(server, value)
    alive(server)


@pytest.mark.parametrize("value", WILD_ENCAPSULATED, ids=range(len(WILD_ENCAPSULATED)))
def test_wild_encapsulated(make_server, value):
    """Even if c-icap loses a child over it: nothing is called clean, and it serves again."""
    server = make_server(f"wild-{WILD_ENCAPSULATED.index(value)}", children=2)
    if server.env.preload:
        pytest.skip("the sanitizer ends c-icap at its own overflow")
    server.start()
    for _ in range(3):
        try:
            send_encapsulated(server, value)
        except OSError:
            continue

    def serves():
        try:
            return "X-Infection-Found" in server.exchange(icap.respmod(EICAR), 5).headers
        except (icap.ConnectionLost, OSError):
            return False
    procs.wait_until(serves, 20, server.describe)


def test_missing_encapsulated(server):
    """4.4.1: must be there for REQMOD and RESPMOD."""
    data = b"RESPMOD icap://127.0.0.1/avscan ICAP/1.0\r\nHost: 127.0.0.1\r\n\r\n" + \
        icap.http_get() + icap.http_ok(68) + icap.chunked(EICAR)
    connection = raw(server, data, shut=True)
    try:
        response = connection.receive("RESPMOD")
        assert response.status >= 400, expect.describe(response)
    except icap.ConnectionLost:
        pass
    connection.close()
    alive(server)


# ---------------------------------------------------------------- chunks and trailers


def test_one_byte_chunks(server):
    for preview in (None, 0, 40, 68):
        expect.infected(server.exchange(icap.respmod(EICAR, chunk=1, preview=preview)))


def test_one_byte_segments(server):
    """Every byte in a segment of its own."""
    request = icap.respmod(EICAR, allow="204")
    with server.connect() as connection:
        connection.start()
        connection.send_slowly(request.stages()[0])
        expect.infected(connection.receive("RESPMOD"))


def test_chunk_extensions(server):
    """To be ignored (RFC 2616, 3.6.1). c-icap 0.5 takes all but "ieof" for a broken chunk and
    closes: refused, but never passed."""
    for extension in (b"; a=b", b";quoted=\"x;y\"", b"; " + b"e" * 200):
        for body in (EICAR, b"clean body"):
            request = icap.respmod(body, chunk=3, extension=extension)
            try:
                response = server.exchange(request)
            except icap.ConnectionLost:
                continue
            assert expect.verdict(request, response) == \
                ("infected" if body is EICAR else "clean")
    alive(server)


def test_trailers(server):
    for trailers in (b"X-Checksum: 1\r\n", b"X-A: 1\r\nX-B: 2\r\n"):
        request = icap.respmod(EICAR, trailers=trailers, allow="204, trailers")
        connection = raw(server, request.stages()[0])
        try:
            expect.infected(connection.receive("RESPMOD"))
        except icap.ConnectionLost:
            pass  # c-icap 0.5 does not know trailers and may take them for a broken chunk
        connection.close()
    alive(server)


BROKEN_CHUNKS = {"not-hex": b"zz\r\nabc\r\n0\r\n\r\n",
                 "huge": b"ffffffffffffffff\r\nabc\r\n0\r\n\r\n",
                 "too-short": b"2\r\nabcdef\r\n0\r\n\r\n", "no-crlf": b"3\r\nabc0\r\n\r\n",
                 "endless-size": b"0" * 20000 + b"3\r\nabc\r\n0\r\n\r\n", "empty": b"\r\n\r\n"}


@pytest.mark.parametrize("name", BROKEN_CHUNKS)
def test_broken_chunks(server, name):
    request = icap.respmod(b"", allow="204")
    connection = raw(server, request.head() + BROKEN_CHUNKS[name], shut=True)
    try:
        response = connection.receive("RESPMOD")
        assert response.status != 204, expect.describe(response)
    except (icap.ConnectionLost, icap.BadResponse):
        pass
    connection.close()
    alive(server)


# ---------------------------------------------------------------- pipelining, keep-alive


def test_pipelining(server):
    """Several requests in one write; the answers in the same order."""
    requests = [icap.respmod(samples.unique(100 + i) if i % 3 else EICAR,
                             allow="204" if i % 2 else "") for i in range(12)]
    connection = raw(server, b"".join(r.stages()[0] for r in requests))
    for i, request in enumerate(requests):
        connection.first_write = None
        response = connection.receive("RESPMOD")
        if i % 3:
            expect.clean(request, response)
        else:
            assert "X-Infection-Found" in response.headers, i
    connection.close()


def test_connection_close(server):
    with server.connect() as connection:
        response = connection.exchange(icap.respmod(b"x", headers=["Connection: close"]))
        assert response.status == 200
        assert connection.at_end()


# ---------------------------------------------------------------- request lines and headers

LINES = {"unknown-method": (b"FROB icap://127.0.0.1/avscan ICAP/1.0", (405, 501, 400)),
         "unknown-service": (b"RESPMOD icap://127.0.0.1/nothere ICAP/1.0", (404,)),
         "no-version": (b"RESPMOD icap://127.0.0.1/avscan", (400, 505)),
         # c-icap 0.5 does not look at the number and serves it
         "future-version": (b"RESPMOD icap://127.0.0.1/avscan ICAP/9.0", (200, 400, 505)),
         "http": (b"GET / HTTP/1.1", (400, 405, 501, 505)),
         "empty-url": (b"RESPMOD  ICAP/1.0", (400, 404, 405)),
         "no-slash": (b"RESPMOD icap://127.0.0.1 ICAP/1.0", (400, 404))}


@pytest.mark.parametrize("name", LINES)
def test_request_lines(server, name):
    line, statuses = LINES[name]
    data = line + b"\r\nHost: x\r\nEncapsulated: req-hdr=0, res-hdr=%d, res-body=%d\r\n\r\n" % (
        len(icap.http_get()), len(icap.http_get()) + len(icap.http_ok(68)))
    data += icap.http_get() + icap.http_ok(68) + icap.chunked(EICAR)
    connection = raw(server, data, shut=True)
    try:
        response = connection.receive("RESPMOD")
        assert response.status in statuses, expect.describe(response)
        assert response.status != 200 or "X-Infection-Found" in response.headers
    except icap.ConnectionLost:
        pass
    connection.close()
    alive(server)


def test_host_may_be_missing(server):
    """4.3.2 demands it of clients; some omit it, and lose nothing."""
    expect.infected(server.exchange(icap.respmod(EICAR, host_header=False)))


def test_url_with_port_user_and_arguments(server):
    for url in ("icap://127.0.0.1:1344/avscan", "icap://localhost/avscan?x=y&z", "/avscan",
                "icap://127.0.0.1/avscan?profile=strict"):
        request = icap.respmod(EICAR, url=url)
        response = server.exchange(request)
        assert response.status in (200, 400, 404), expect.describe(response)
        assert response.status != 200 or "X-Infection-Found" in response.headers


def test_header_case_and_spaces(server):
    res, req = icap.http_ok(68), icap.http_get()
    data = b"RESPMOD icap://127.0.0.1/avscan ICAP/1.0\r\nhOST:x\r\nALLOW:   204  \r\n" \
           b"encapsulated:req-hdr=0,res-hdr=%d,res-body=%d\r\n\r\n" % (len(req), len(req + res))
    connection = raw(server, data + req + res + icap.chunked(EICAR))
    expect.infected(connection.receive("RESPMOD"))
    connection.close()


@pytest.mark.parametrize("size", [1000, 20000, 60000, 200000])
def test_long_headers(server, size):
    """Served or refused; never a hang."""
    request = icap.respmod(EICAR, headers=["X-Long: " + "x" * size],
                           http_headers=["X-Long: " + "y" * size])
    connection = raw(server, request.stages()[0])
    try:
        response = connection.receive("RESPMOD")
        assert response.status >= 400 or "X-Infection-Found" in response.headers
    except icap.ConnectionLost:
        pass
    connection.close()
    alive(server)


def test_many_headers(server):
    request = icap.respmod(EICAR, headers=[f"X-{i}: {i}" for i in range(2000)])
    connection = raw(server, request.stages()[0])
    try:
        response = connection.receive("RESPMOD")
        assert response.status >= 400 or "X-Infection-Found" in response.headers
    except icap.ConnectionLost:
        pass
    connection.close()
    alive(server)


# ---------------------------------------------------------------- broken off anywhere


def test_cut_at_every_byte(server):
    """A request that ends anywhere gets no clean answer, and the next is served."""
    whole = icap.respmod(EICAR, allow="204").stages()[0]
    for end in range(1, len(whole), 7):
        connection = raw(server, whole[:end], shut=True)
        try:
            response = connection.receive("RESPMOD")
            assert response.status not in (200, 204) or "X-Infection-Found" in response.headers, \
                f"cut at {end}: {expect.describe(response)}"
        except (icap.ConnectionLost, icap.BadResponse):
            pass
        connection.close()
    alive(server)


def test_reset_instead_of_reading(server):
    """Clients that go without reading the answer."""
    import struct
    body = samples.incompressible(3 << 20)
    for i in range(20):
        connection = raw(server, icap.respmod(EICAR if i % 2 else body).stages()[0])
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    alive(server)
