# SPDX-License-Identifier: GPL-2.0-or-later
"""The service's own paths, with a scanner that answers as the body tells it."""

import shutil

import pytest

from lib import env as environment, expect, icap, procs, samples
from lib.server import Server

FAKE = environment.TOP / "tests" / "lib" / "fake_scanner.py"


def with_fake(env, name, **more):
    program = env.lib / "fake_scanner.py"
    if not program.exists():
        shutil.copy(FAKE, program)
        program.chmod(0o755)
    settings = {"Scanner": program, **more.pop("settings", {})}
    return Server(env, name, bases=None, settings=settings, **more)


def requests_of(server):
    """The request that the scanner got: [kind, flags, deadline, length, name, type, encoding]."""
    return [line.split("\t") for line in server.text("epostavs.log").splitlines()]


@pytest.fixture(scope="module")
def fake(env):
    made = with_fake(env, "faked")
    try:
        made.start()
        yield made
    finally:
        made.kill()


def told(**what):
    return b"FAKE " + " ".join(f"{k}={v}" for k, v in what.items()).encode() + b"\n"


SHAPES = [{"preview": None, "allow": None}, {"preview": None, "allow": "204"},
          {"preview": 0, "allow": "204"}, {"preview": 1024, "allow": None},
          {"preview": 10, "allow": "204"}]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("make", [icap.reqmod, icap.respmod])
def test_every_verdict_in_every_shape(fake, make, shape):
    for size in (0, 1, 3000, 70000, 20_000_000 if shape == SHAPES[0] else 200000):
        filler = samples.incompressible(size, 3)
        for service in ("web", "mail", "strict"):
            request = make(filler, service=service, **shape)
            expect.clean(request, fake.exchange(request))
        request = make(told(reason=2, threat="Some.Threat") + filler, service="web", **shape)
        expect.infected(fake.exchange(request), "Some.Threat")
        request = make(told(reason=30, part="mail>a.zip") + filler, service="web", **shape)
        expect.passed(request, fake.exchange(request), "encrypted")
        request = make(told(reason=30) + filler, service="mail", **shape)
        expect.unscannable_blocked(fake.exchange(request))
        request = make(told(reason=19) + filler, service="mail", **shape)
        response = fake.exchange(request)
        expect.failed(response)
        assert response["X-Epost-AV-Reason"] == "internal"


@pytest.mark.parametrize("reason,action", [(46, "blocked"), (45, "blocked"), (44, "blocked"),
                                           (47, "blocked"), (43, "passed"), (34, "passed"),
                                           (10, "failed"), (14, "failed"), (0, "failed")])
def test_web_profile(fake, reason, action):
    request = icap.respmod(told(reason=reason), service="web")
    response = fake.exchange(request)
    got = expect.verdict(request, response)
    assert {"unscannable": "blocked"}.get(got, got) == action, expect.describe(response)


def test_busy_is_overloaded(fake):
    assert fake.exchange(icap.respmod(told(reason=14), service="web")).status == 503


def test_error_codes_for_nextcloud(env):
    server = with_fake(env, "codes", settings={"Profile": "own unscannable=fail"},
                       aliases={"own": "profile=own"})
    with server:
        for reason, code in ((30, "password_protected"), (31, "decode_error"),
                             (44, "max_archive_layers_exceeded"), (41, None)):
            response = server.exchange(icap.reqmod(told(reason=reason), service="own"))
            assert response.status == 500 and response["X-Error-Code"] == code


def test_a_scanner_that_goes_during_a_scan_is_asked_again(fake):
    request = icap.respmod(told(once="a1"), service="web")
    expect.clean(request, fake.exchange(request))
    response = fake.exchange(icap.respmod(told(hangup="1"), service="web"))
    expect.failed(response)
    assert response.status == 503 and response["X-Epost-AV-Reason"] == "unavailable"


def test_what_the_scanner_is_told(fake):
    body = samples.unique(100)
    fake.exchange(icap.respmod(body, url="http://h.test/a/b%20c.exe?x/y", kind="text/x",
                               http_headers=["Content-Encoding: gzip", "Content-Encoding: br"],
                               service="mail"))
    kind, flags, deadline, length, name, ctype, encoding = requests_of(fake)[-1]
    assert (kind, length, name, ctype) == ("1", "100", "b c.exe", "text/x")
    assert encoding == "gzip, br" and int(deadline) <= 6000 and int(flags) & 8 == 0
    fake.exchange(icap.reqmod(body, service="mail"))
    assert int(requests_of(fake)[-1][1]) & 8


def test_hostile_headers_reach_no_header(fake):
    body = told(reason=2, threat="A\u202eB;%0d%0aX-Evil:1", part="<script>\x01\x1b[2J")
    response = fake.exchange(icap.respmod(
        body, url="http://h.test/%0d%0aX-Evil:%201/<script>alert(1)</script>", service="web"))
    page = expect.blocked(response)
    assert "<script" not in page and "\x1b" not in page and "X-Evil" not in response.headers
    expect.threat_of(response)


@pytest.mark.parametrize("over", ["web", "mail"])
def test_larger_than_taken(env, over):
    server = with_fake(env, f"over-{over}", settings={"MaxBodySize": "100K"})
    with server:
        for size in (100 * 1024, 100 * 1024 + 1, 3_000_000):
            for shape in SHAPES:
                request = icap.respmod(samples.incompressible(size, 2), service=over, **shape)
                response = server.exchange(request)
                if size == 100 * 1024:
                    expect.clean(request, response)
                elif over == "web":
                    expect.passed(request, response, "max-body-size")
                else:
                    expect.unscannable_blocked(response)
        assert "reason=max-body-size action=pass" in server.text("epost_av.log") or over == "mail"


def test_no_room_to_store(env):
    server = with_fake(env, "full", settings={"MemoryBody": "64K", "Spool": "/proc"})
    with server:
        response = server.exchange(icap.respmod(samples.incompressible(1_000_000, 1)))
        expect.failed(response)
        assert response.status == 500 and response["X-Epost-AV-Reason"] == "io"
        request = icap.respmod(samples.incompressible(60_000, 1))
        expect.clean(request, server.exchange(request))


def test_spooled_bodies_come_back_whole(env):
    server = with_fake(env, "spool", settings={"MemoryBody": "64K"})
    with server:
        for size in (65536, 65537, 131072, 5_000_001):
            request = icap.respmod(samples.incompressible(size, 4), service="web", allow=None,
                                   preview=None)
            response = server.exchange(request)
            expect.clean(request, response)
            assert response.status == 200


def test_unknown_arguments_and_profiles(env):
    server = with_fake(env, "arguments", aliases={"odd": "profile=nosuch&foo=bar&mode=vir"})
    with server:
        for _ in range(3):
            expect.unscannable_blocked(server.exchange(icap.respmod(told(reason=30),
                                                                    service="odd")))
        assert server.text("server.log").count("foo=bar") == 1
        request = icap.respmod(b"x", service="epost_av?allow204=off", allow="204")
        assert server.exchange(request).status == 200


@pytest.mark.parametrize("line,says", [("MaxBodySize 12Q", "64K to 16G"),
                                       ("RangePolicy maybe", "allow|strip|strip-risky"),
                                       ("Profile x clean=block", "infected, unscannable or error"),
                                       ("Workers 1000", "0 to 128")])
def test_wrong_directives(env, line, says):
    name, value = line.split(" ", 1)
    server = with_fake(env, "wrong", settings={name: value})
    try:
        server.spawn()
        procs.wait_until(lambda: server.process.poll() is not None, 15, server.describe)
        text = server.text("stderr")
        config = (server.etc / "c-icap.conf").read_text().splitlines()
        number = next(i for i, one in enumerate(config, 1) if line in one)
        assert says in text and f"c-icap.conf:{number}: " in text, text
    finally:
        server.kill()


def test_reconfigure_keeps_the_scanner(env):
    server = with_fake(env, "reconfigure")
    with server:
        before = server.board().supervisor
        server.settings["Contact"] = "somebody else"
        server.write_config()
        server.command("reconfigure")
        procs.wait_until(lambda: "somebody else" in (server.exchange(icap.respmod(
            told(reason=2, threat="T"))).body or b"").decode(), 20, server.describe)
        assert server.board().supervisor == before
        assert [s.name for s in procs.children(server.pid)].count("epostavs") <= 1
