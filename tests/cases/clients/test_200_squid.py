# SPDX-License-Identifier: GPL-2.0-or-later
"""Squid in front of the scanner: what people download and upload."""

import threading

import pytest

from lib import samples, slowness, tcp, web
from lib.eicar import EICAR
from lib.squid import Squid

TEXT = b"The quick brown fox jumps over the lazy dog.\n"


@pytest.mark.parametrize("size", [0, 1, 1023, 1024, 1025, 65535, 65536, 65537, 300_000])
def test_downloads_arrive_unchanged(origin, squid, size):
    body = samples.incompressible(size, size)
    url = origin.put(f"/clean-{size}", body, pace=squid.scanner)
    web.delivered(squid.get(url), body)


@pytest.mark.parametrize("length", ["yes", "chunked", "none"])
def test_threats_are_blocked(origin, squid, length):
    for name, body in {"plain": EICAR, "zip": web.zipped(),
                       "big": web.zipped(padding=400_000)}.items():
        url = origin.put(f"/bad-{length}-{name}", body, length=length,
                         pace=squid.scanner)
        web.blocked(squid.get(url))


@pytest.mark.parametrize("coding", sorted(web.ENCODINGS))
def test_encodings(origin, squid, coding):
    """Found inside; and what is clean arrives as the origin encoded it."""
    headers = [("Content-Encoding", coding.removeprefix("raw "))]
    encode = web.ENCODINGS[coding]
    web.blocked(squid.get(origin.put("/bad-encoded", encode(EICAR), headers=headers),
                          headers={"Accept-Encoding": "gzip, deflate"}))
    clean = encode(samples.unique(20_000))
    reply = squid.get(origin.put("/encoded", clean, headers=headers, kind="text/plain"),
                      headers={"Accept-Encoding": "gzip, deflate"})
    web.delivered(reply, clean)
    assert reply.headers["Content-Encoding"] == headers[0][1]


def test_bodiless_answers(origin, squid):
    """HEAD, 304, 204, redirects and errors pass as they are."""
    url = origin.put("/page", TEXT, etag='"v1"', kind="text/plain")
    reply = squid.get(url, method="HEAD")
    assert reply.status == 200 and reply.headers["Content-Length"] == str(len(TEXT))
    web.delivered(squid.get(url, headers={"If-None-Match": '"v1"'}), b"", 304)
    web.delivered(squid.get(origin.put("/nothing", status=204)), b"", 204)
    moved = squid.get(origin.put("/moved", b"gone\n", status=302, headers=[("Location", url)]))
    assert moved.status == 302 and moved.headers["Location"] == url
    assert squid.get(origin.url("/missing")).status == 404
    assert squid.get(origin.put("/broken", b"sorry\n", status=500)).status == 500


def test_head_of_a_threat(origin, squid):
    """A HEAD has no body to scan; what GET would bring is blocked when it comes."""
    url = origin.put("/later.com", EICAR)
    assert squid.get(url, method="HEAD").status == 200
    web.blocked(squid.get(url))


def test_uploads(origin, squid):
    """Clean ones reach the origin unchanged, infected ones never do."""
    clean, kind = web.form(("note", None, b"hello"), ("file", "a.bin", samples.unique(3000)))
    url = origin.put("/upload", b"thanks\n", kind="text/plain")
    for method, body, headers in (
            ("POST", clean, {"Content-Type": kind}), ("PUT", samples.unique(50), {}),
            ("POST", samples.incompressible(200_000, 3), {}),
            ("POST", clean, {"Content-Type": kind, "Expect": "100-continue"})):
        before = len(origin.asked("/upload"))
        web.delivered(squid.get(url, method=method, body=body, headers=headers), b"thanks\n")
        asked = origin.asked("/upload")
        assert len(asked) == before + 1 and asked[-1].body == body and asked[-1].complete
    bad, kind = web.form(("note", None, b"hello"), ("file", "invoice.zip", web.zipped()))
    before = len(origin.asked("/upload"))
    for method, body, headers in (
            ("POST", bad, {"Content-Type": kind}), ("PUT", EICAR, {}),
            ("POST", web.zipped(padding=300_000), {})):
        web.blocked(squid.get(url, method=method, body=body, headers=headers))
    assert len(origin.asked("/upload")) == before, "an infected upload reached the origin"


def test_chunked_upload(origin, squid):
    url = origin.put("/chunks", b"thanks\n")
    pieces = [samples.unique(5000) for _ in range(5)]
    reply = squid.get(url, method="POST", body=iter(pieces), encode_chunked=True,
                      headers={"Transfer-Encoding": "chunked"})
    web.delivered(reply, b"thanks\n")
    assert origin.asked("/chunks")[-1].body == b"".join(pieces)
    web.blocked(squid.get(url, method="POST", body=iter([EICAR[:30], EICAR[30:]]),
                          encode_chunked=True, headers={"Transfer-Encoding": "chunked"}))
    assert len(origin.asked("/chunks")) == 1


def test_ranges(origin, squid):
    """Parts of clean files pass as parts; a whole that comes instead is scanned."""
    body = samples.unique(50_000)
    url = origin.put("/video", body, ranges=True)
    reply = squid.get(url, headers={"Range": "bytes=1000-1999"})
    web.delivered(reply, body[1000:2000], 206)
    assert reply.headers["Content-Range"] == f"bytes 1000-1999/{len(body)}"
    bad = origin.put("/bad-video", EICAR, ranges=True)
    web.blocked(squid.get(bad))


def test_verdicts_are_marked_for_what_was_not_scanned(origin, server, squid):
    """A part of a file is passed by the web profile, and the log says why."""
    url = origin.put("/parts.bin", samples.unique(9000), ranges=True)
    squid.get(url, headers={"Range": "bytes=0-99"})
    assert "action=pass" in server.logged("/parts.bin", "reason=partial")


def test_ranges_stripped(env, make_server, origin):
    """With RangePolicy strip a file cannot be taken in harmless halves: the origin is asked
    for the whole, which is scanned."""
    server = make_server(settings={"RangePolicy": "strip"}).start()
    bad, body = origin.put("/halves.com", EICAR, ranges=True), samples.unique(5000)
    good = origin.put("/halves.txt", body, ranges=True)
    with Squid(env, server.port) as squid:
        for part in ("bytes=0-33", "bytes=34-67"):
            web.blocked(squid.get(bad, headers={"Range": part, "If-Range": '"x"'}))
        # The whole answers a request for a part; that is allowed, and clients know it.
        web.delivered(squid.get(good, headers={"Range": "bytes=10-19"}), body)
        assert not any("Range" in a.headers for p in ("/halves.com", "/halves.txt")
                       for a in origin.asked(p))


def test_large_uploads(origin, squid):
    url = origin.put("/large-upload", b"thanks\n")
    body = samples.incompressible(10_000_000, 11)
    web.delivered(squid.get(url, method="POST", body=body, timeout=60), b"thanks\n")
    assert origin.asked("/large-upload")[-1].body == body
    web.blocked(squid.get(url, method="POST", body=web.zipped(padding=10_000_000), timeout=60))
    assert len(origin.asked("/large-upload")) == 1


@pytest.mark.parametrize("infected", [False, True])
def test_large_files(env, make_server, origin, infected):
    """6 MB through every stage of a body's storage. At the pace that keeps this Squid from stalling
    they take longer than the shipped TrickleAfter."""
    body = web.zipped(EICAR if infected else TEXT, padding=6_000_000)
    server = make_server(settings={"TrickleAfter": "0"}).start()
    with Squid(env, server.port) as squid:
        reply = squid.get(origin.put(f"/large-{infected}", body, pace=server.port), timeout=180)
    if infected:
        web.blocked(reply)
    else:
        web.delivered(reply, body)


def test_connections_stay(env, origin, server):
    """Requests one after another use one ICAP connection a service: c-icap sees two."""
    url = origin.put("/again", samples.unique(300), kind="text/plain")
    with Squid(env, server.port) as squid:
        connection = squid.connect()
        for _ in range(20):
            assert squid.get(url, connection=connection).status == 200
        connection.close()
        assert tcp.connections(squid.process.pid, server.port) == 2


def test_small_clean_answers_are_204(origin, squid):
    """Nothing is sent back that Squid still has."""
    url = origin.put("/light", samples.unique(400), kind="text/plain")
    squid.get(url)
    answers = [entry for entry in squid.icap_log() if entry[-1] == url]
    assert [(e[0], e[1]) for e in answers] == [("REQMOD", "204"), ("RESPMOD", "204")], answers


def test_many_at_once(origin, squid):
    """Eight people, clean and infected in turn, nothing mixed up."""
    clean = {origin.put(f"/many-{i}", data): data for i, data in
             enumerate(samples.incompressible(200 * 4 ** i, i) for i in range(5))}
    bad = [origin.put("/many-bad", EICAR), origin.put("/many-zip", web.zipped())]
    wrong, done = [], []

    def person(number):
        try:
            connection = squid.connect()
            for i in range(20):
                url = list(clean)[(number + i) % len(clean)]
                web.delivered(squid.get(url, connection=connection), clean[url])
                if i % 4 == 0:
                    web.blocked(squid.get(bad[(number + i // 4) % 2]))
            connection.close()
            done.append(number)
        except (AssertionError, OSError) as e:
            wrong.append(f"{number}: {e!r}")
    people = [threading.Thread(target=person, args=(n,)) for n in range(8)]
    for one in people:
        one.start()
    for one in people:
        one.join(slowness.scaled(60))
    assert not wrong and len(done) == 8, (wrong[:3], done)
