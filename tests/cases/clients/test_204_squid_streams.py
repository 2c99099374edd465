# SPDX-License-Identifier: GPL-2.0-or-later
"""Bodies without an end behind Squid: a radio that the operator excepts, and streams of events."""

import re
import socket

import pytest

from lib import icap, procs, samples, slowness, web
from lib.eicar import EICAR
from lib.squid import Squid

EVENT = "data: {:d} über\n\n"
EVENTS = [("Content-Type", "text/event-stream")]


@pytest.fixture(scope="module")
def server(env):
    from lib.server import Server
    server = Server(env, "streams")
    rules = server.etc / "exceptions"
    rules.write_text("skip host .radio.test\nskip url http://origin.test:*/tv/*\n", encoding="ascii")
    rules.chmod(0o644)
    server.settings["Exceptions"] = rules
    with server:
        yield server


@pytest.fixture(scope="module")
def squid(env, server):
    with Squid(env, server.port) as made:
        yield made


class Endless:
    """An origin that sends a head and then what it is given, and never ends by itself."""

    def __init__(self, headers=()):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(slowness.scaled(30))
        self.headers = [("Connection", "close"), *headers]
        self.asked = self.peer = None

    def url(self, path="/live", host="origin.test"):
        return f"http://{host}:{self.listener.getsockname()[1]}{path}"

    def open(self, squid, **where):
        """The client's end; the origin has sent its head."""
        client = socket.create_connection(("127.0.0.1", squid.port), 30)
        url = self.url(**where)
        client.sendall((f"GET {url} HTTP/1.1\r\nHost: {url.split('/')[2]}\r\n"
                        "Connection: close\r\n\r\n").encode())
        self.peer, _ = self.listener.accept()
        self.peer.settimeout(slowness.scaled(30))
        while b"\r\n\r\n" not in (self.asked or b""):
            self.asked = (self.asked or b"") + self.peer.recv(4096)
        self.peer.sendall("".join(["HTTP/1.1 200 OK\r\n", *(f"{n}: {v}\r\n" for n, v in self.headers),
                                   "\r\n"]).encode())
        return Client(client)

    def send(self, data):
        self.peer.sendall(data)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for one in (self.peer, self.listener):
            if one:
                one.close()


class Client:
    """Received bytes are kept; `until` waits for a text in it."""

    def __init__(self, connection):
        self.connection, self.got, self.ended = connection, b"", False

    def plain(self):
        """Headers and content, without the marks of chunks: a text may come in two."""
        head, _, rest = self.got.partition(b"\r\n\r\n")
        if b"chunked" not in head.lower():
            return self.got
        content = b""
        while b"\r\n" in rest:
            size, _, rest = rest.partition(b"\r\n")
            content += rest[:int(size, 16)]
            rest = rest[int(size, 16) + 2:]
        return head + b"\r\n\r\n" + content

    def until(self, text, timeout=30):
        self.connection.settimeout(slowness.scaled(timeout))
        while text not in self.plain() and not self.ended:
            try:
                data = self.connection.recv(65536)
            except ConnectionResetError:
                data = b""
            self.got += data
            self.ended = not data
        return text in self.plain()

    def quiet(self, seconds=1.5):
        """Nothing comes for so long."""
        self.connection.settimeout(seconds)
        try:
            self.got += self.connection.recv(65536)
        except TimeoutError:
            return True
        return False

    def end(self):
        """Waits for the end of the connection: whether it ended as a whole answer does."""
        self.until(b"no such text")
        return self.got.endswith(b"\r\n0\r\n\r\n")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()


@pytest.mark.parametrize("where", [{"host": "live.radio.test"}, {"path": "/tv/one"}])
def test_an_excepted_radio_plays(server, squid, where):
    """Its headers decide: 40 bytes arrive, which is less than any preview."""
    with Endless([("Content-Type", "audio/mpeg")]) as radio:
        with radio.open(squid, **where) as client:
            for i in range(3):
                sound = samples.incompressible(40, i)
                radio.send(sound)
                assert client.until(sound), client.got
        assert "reason=skipped" in server.logged(radio.url(**where), "icap=RESPMOD")


@pytest.mark.heavy
def test_with_a_preview_it_does_not(env, make_server, server):
    """c-icap's own PreviewSize: Squid asks nobody before it has so many bytes."""
    own = make_server(settings={"PreviewSize": "1024", "Exceptions": server.settings["Exceptions"]})
    with Squid(env, own.start().port) as squid, Endless([("Content-Type", "audio/mpeg")]) as radio:
        with radio.open(squid, host="live.radio.test") as client:
            radio.send(samples.incompressible(1000, 1))
            assert client.quiet()
            radio.send(samples.incompressible(100, 2))
            assert client.until(samples.incompressible(100, 2))


def test_another_radio_waits_for_its_end(squid):
    with Endless([("Content-Type", "audio/mpeg")]) as radio, radio.open(squid) as client:
        radio.send(samples.incompressible(5000, 1))
        assert client.quiet()


def test_events_arrive_one_by_one(server, squid):
    with Endless(EVENTS) as origin, origin.open(squid, path="/events") as client:
        for i in range(5):
            event = EVENT.format(i).encode()
            origin.send(event[:10])  # in the middle of a character
            origin.send(event[10:])
            assert client.until(event.strip()), client.got
        assert b"X-Epost-AV-Reason: stream" in client.got
        origin.peer.close()
        assert client.end()
    line = server.logged("/events", "reason=stream")
    assert "verdict=unscannable" in line and "action=pass" in line


@pytest.mark.parametrize("bad", [b"data: \0\n\n", b"\xff\xfb\x90\x64" * 10, b"data: \xe0\x80\x80\n\n",
                                 web.zipped()], ids=["nul", "mp3", "overlong", "zip"])
def test_other_bytes_end_the_stream(server, squid, bad):
    """Not one of them arrives, and the client can see that its answer is not whole."""
    path = f"/turns-{len(bad)}-{bad[-3]}"
    with Endless(EVENTS) as origin, origin.open(squid, path=path) as client:
        origin.send(b"data: 1\n\n")
        assert client.until(b"data: 1\n\n")
        origin.send(bad)
        assert not client.end()
        got = client.plain()
        assert bad[-4:] not in got and b"\0" not in got and b"PK" not in got
    assert "action=cut" in server.logged(path, "reason=stream")


@pytest.mark.parametrize("more", [[("Content-Disposition", "attachment; filename=a.com")],
                                  [("Content-Encoding", "identity")], [("Content-Encoding", "gzip")],
                                  [("Content-Length", str(len(EICAR) + 5))],
                                  [("Content-Type", "text/html")]],
                         ids=["disposition", "identity", "gzip", "length", "two types"])
def test_what_gives_a_file_is_no_stream(squid, more):
    """It is scanned when it has ended, as everything else."""
    with Endless(EVENTS + more) as origin, origin.open(squid) as client:
        origin.send(EICAR)
        assert client.quiet()
        origin.peer.close()
        client.end()
        assert EICAR not in client.plain()


def test_an_upload_is_no_stream(origin, squid):
    url = origin.put("/up", b"thanks\n")
    web.blocked(squid.get(url, method="POST", body=EICAR, headers={"Content-Type": "text/event-stream"}))
    assert not origin.asked("/up")


def test_strict_scans_streams(env, server):
    """A profile that does not pass what was not scanned waits for the end."""
    with Squid(env, server.port, service="strict") as squid, Endless(EVENTS) as origin:
        with origin.open(squid) as client:
            origin.send(EICAR)
            assert client.quiet()
            origin.peer.close()
            client.end()
            assert EICAR not in client.plain() and b"403 Forbidden" in client.got


def test_streams_are_counted(server, squid):
    """Among what passed unscanned, in c-icap's info service."""
    def counted():
        request = icap.Request("REQMOD", "info?view=text", req=icap.http_get("http://info.test/"))
        text = server.exchange(request).body.decode("latin-1")
        return sum(map(int, re.findall(r"passed unscanned: stream\s*:\s*(\d+)", text)))
    before = counted()
    with Endless(EVENTS) as origin, origin.open(squid, path="/count") as client:
        origin.send(b"data: 1\n\n")
        assert client.until(b"data: 1\n\n")
    procs.wait_until(lambda: counted() > before, 20, server.describe)
