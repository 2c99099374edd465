# SPDX-License-Identifier: GPL-2.0-or-later
"""Long header fields: what does not fit is an error or unscannable, and never as if it were not
there. Each field that is read, around its limit and far behind it."""

import base64

import brotli
import pytest

from lib import expect, icap, wire, samples
from lib.eicar import EICAR

FAR = 60000


def around(limit):
    return (limit - 1, limit, limit + 1, FAR)


def never_clean(server, request):
    """Blocked or failed; nothing that hides something goes through as clean."""
    response = server.exchange(request)
    if response.status in (400, 413, 414, 431, 500, 503):
        return "failed"
    expect.blocked(response)
    return "blocked"


def form(boundary, padding):
    kind = f"multipart/form-data; x=\"{'p' * padding}\"; boundary={boundary}"
    body = (f"--{boundary}\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n"
            "Content-Transfer-Encoding: base64\r\n\r\n").encode() + \
        base64.encodebytes(EICAR + samples.unique()) + f"\r\n--{boundary}--\r\n".encode()
    return kind, b"preamble\r\n" + body


@pytest.mark.parametrize("length", [1024, 1025, 4096, 4097, *around(wire.TYPE_MAX)])
@pytest.mark.parametrize("service", ["web", "strict"])
def test_content_type(server, length, service):
    kind, _ = form("b" * 20, 0)
    kind, body = form("b" * 20, length - len(kind))
    assert len(kind) == length
    told = never_clean(server, icap.reqmod(body, kind=kind, service=service))
    if length <= wire.TYPE_MAX:
        assert told == "blocked"


@pytest.mark.parametrize("length", [70, 255, 256, 257, 1024, 7000])
def test_boundary(server, length):
    """As the outer boundary, and as that of a part."""
    kind, body = form("b" * length, 0)
    assert never_clean(server, icap.reqmod(body, kind=kind, service="strict")) == "blocked"
    outer = (b"--out\r\nContent-Disposition: form-data; name=\"f\"\r\nContent-Type: " +
             kind.encode() + b"\r\n\r\n" + body + b"\r\n--out--\r\n")
    request = icap.reqmod(outer, kind="multipart/form-data; boundary=out", service="strict")
    assert never_clean(server, request) == "blocked"


@pytest.mark.parametrize("length", [256, 257, *around(wire.ENCODING_MAX)])
def test_content_encoding(server, length):
    packer = brotli.Compressor(quality=5)
    body = packer.process(EICAR + samples.unique()) + packer.finish() + b"\0" * 40
    value = "identity," * ((length - 2) // 9) + " " * ((length - 2) % 9) + "br"
    assert len(value) == length
    request = icap.respmod(body, http_headers=[f"Content-Encoding: {value}"], service="strict")
    told = never_clean(server, request)
    if length <= wire.ENCODING_MAX:
        assert told == "blocked"


@pytest.mark.parametrize("length", [256, 257, *around(wire.ENCODING_MAX)])
def test_content_encoding_of_a_part(server, length):
    packer = brotli.Compressor(quality=5)
    data = packer.process(EICAR + samples.unique()) + packer.finish() + b"\0" * 40
    value = "identity," * ((length - 3) // 9) + " " * ((length - 3) % 9) + "br"
    body = (b"--b\r\nContent-Disposition: form-data; name=\"f\"\r\nContent-Encoding: " +
            value.encode() + b"\r\n\r\n" + data + b"\r\n--b--\r\n")
    request = icap.reqmod(body, kind="multipart/form-data; boundary=b", service="strict")
    assert never_clean(server, request) == "blocked"


@pytest.mark.parametrize("length", [255, 256, 257, 512, 513, 1024, 1025, *around(wire.NAME_MAX)])
def test_file_name(server, length):
    """The ending decides what it is: in the URL, and as the name of a form's part."""
    packer = brotli.Compressor(quality=5)
    body = packer.process(EICAR + samples.unique()) + packer.finish() + b"trailing bytes"
    name = "n" * (length - 3) + ".br"
    told = never_clean(server, icap.respmod(body, url=f"http://long.test/{name}", service="strict"))
    if length <= wire.NAME_MAX:
        assert told == "blocked"


@pytest.mark.parametrize("length", [255, 256, 257, 512, 1024, 1025, 8191, 8192, FAR])
def test_file_name_of_a_part(server, length):
    data = b"\x89PNG\r\n\x1a\n" + samples.unique() + \
        b"<html><a href=\"data:x/y;base64," + base64.b64encode(EICAR) + b"\">"
    name = "n" * (length - 5) + ".html"
    body = (f"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"{name}\"\r\n\r\n"
            ).encode() + data + b"\r\n--b--\r\n"
    request = icap.reqmod(body, kind="multipart/form-data; boundary=b", service="strict")
    assert never_clean(server, request) == "blocked"


@pytest.fixture(scope="module")
def ruled(env):
    """A server with rules about URL, host, user and client."""
    from lib.server import Server
    server = Server(env, "long-fields")
    server.write_exceptions("block url *evil.exe\nblock url http://bad.test/x/*\nblock host .bad.test\n"
                    "block user mallory\nblock client 192.0.2.1\n")
    try:
        server.start()
        yield server
        server.stop()
    finally:
        server.kill()


@pytest.mark.parametrize("length", [2046, 2047, 2048, 4096, 16384, FAR])
def test_url(ruled, length):
    """A rule about a URL's end cannot be escaped by a long query."""
    start = "http://any.test/a?"
    url = start + "q" * (length - len(start) - 8) + "evil.exe"
    told = never_clean(ruled, icap.respmod(b"clean", url=url))
    if length < 4000:
        assert told == "blocked"
    request = icap.respmod(samples.unique(), url="http://any.test/b" + "q" * 7000)
    expect.clean(request, ruled.exchange(request))


HOSTS = ["bad.test", "BAD.test.", "bad%2etest", "bad%2Etest", "b%61d.test", "bad.test:8080",
         "user@bad.test", "x.bad%2etest", "bad\u3002test", "bad%E3%80%82test", "bad.test%2e"]


@pytest.mark.parametrize("host", HOSTS)
def test_host_is_compared_as_browsers_read_it(ruled, host):
    expect.blocked(ruled.exchange(icap.respmod(b"clean", url=f"http://{host}/y")))


def test_url_is_compared_as_browsers_read_it(ruled):
    for url in ("http://b%61d%2etest/%78/y", "HTTP://elsewhere.test/%65vil.ex%65"):
        expect.blocked(ruled.exchange(icap.respmod(b"clean", url=url)))


@pytest.mark.parametrize("length", [255, 256, 257, 2000, 4095, 4096, FAR])
def test_host(ruled, length):
    """A long name below a blocked one."""
    host = ("a." * length)[:length - len(".bad.test")].rstrip(".") + ".bad.test"
    never_clean(ruled, icap.respmod(b"clean", url=f"http://{host}/y"))
    never_clean(ruled, icap.respmod(b"clean", url="http://" + "u" * length + "@bad.test/y"))


@pytest.mark.parametrize("length", [255, 256, 1000, 2047, 2048, FAR])
def test_user(ruled, length):
    user = base64.b64encode(b"x" * length + b"://mallory").decode()
    never_clean(ruled, icap.respmod(b"clean", headers=[f"X-Authenticated-User: {user}"]))
    never_clean(ruled, icap.respmod(b"clean", headers=["X-Authenticated-User: " + "m" * 1024]))


@pytest.mark.parametrize("length", [64, 255, 256, FAR])
def test_client(ruled, length):
    request = icap.respmod(b"clean", headers=["X-Client-IP: " + "1" * length])
    assert never_clean(ruled, request) == "failed"


@pytest.mark.parametrize("length", [255, 256, FAR])
def test_what_only_the_page_shows_may_be_cut(server, length):
    """Accept-Language decides nothing about the content: nobody is refused for it."""
    request = icap.respmod(samples.unique())
    request.req = icap.http_get(headers=["Accept-Language: " + "e" * length])
    response = server.exchange(request)
    if response.status < 400:
        expect.clean(request, response)
