# SPDX-License-Identifier: GPL-2.0-or-later
"""The operator's exceptions: skipped, always blocked, allowed; marked, logged, and read anew."""

import base64
import hashlib

import pytest

from lib import expect, icap, procs, samples
from lib.eicar import EICAR, TESTFILE_NAME

WEBM = b"\x1aE\xdf\xa3" + samples.incompressible(100, 9)
BLOCKED_BODY = b"never this one"
RULES = f"""# what this case sets
skip host .skipped.test
skip url http://url.test/video/*
skip type video/webm
skip client 192.0.2.0/24
skip user alice
block host bad.test
block sha256 {hashlib.sha256(BLOCKED_BODY).hexdigest()}
block host inner.skipped.test
allow threat Eicar-Test-Sig*
"""


@pytest.fixture(scope="module")
def lenient(env):
    """A server with RULES."""
    from lib.server import Server
    server = Server(env, "exceptions")
    server.write_exceptions(RULES)
    try:
        server.start()
        yield server
        server.stop()
    finally:
        server.kill()


def test_skipped_passes_marked(lenient):
    zip_file = next(p for p in samples.testfiles() if p.name == "clam.zip").read_bytes()
    for url, headers in (("http://skipped.test/x", ()), ("http://a.b.skipped.test/x", ()),
                         ("http://url.test/video/x.mp4", ()),
                         ("http://any.test/x", ["X-Client-IP: 192.0.2.77"])):
        for service in ("web", "strict"):
            request = icap.respmod(zip_file, url=url, headers=headers, service=service)
            expect.passed(request, lenient.exchange(request), "skipped")


def test_a_users_name_is_taken_as_it_stands(lenient):
    """Squid does not encode it unless told to, and a plain name can look like base64."""
    body = next(p for p in samples.testfiles() if p.name == "clam.zip").read_bytes()
    request = icap.respmod(body, headers=["X-Client-Username: alice"])
    expect.passed(request, lenient.exchange(request), "skipped")
    encoded = base64.b64encode(b"alice").decode()
    expect.infected(lenient.exchange(icap.respmod(body, headers=[f"X-Client-Username: {encoded}"])),
                    TESTFILE_NAME)


def test_a_type_is_what_the_bytes_say(lenient):
    """By the content's first bytes and not by what the sender calls it."""
    request = icap.respmod(WEBM, kind="text/plain")
    expect.passed(request, lenient.exchange(request), "skipped")
    zip_file = next(p for p in samples.testfiles() if p.name == "clam.zip").read_bytes()
    expect.infected(lenient.exchange(icap.respmod(zip_file, kind="video/webm")),
                    "ClamAV-Test-File")


def test_what_is_not_named_is_scanned(lenient):
    zip_file = next(p for p in samples.testfiles() if p.name == "clam.zip").read_bytes()
    for url in ("http://notskipped.test/x", "http://skipped.test.evil.test/x",
                "http://url.test/audio/skipped.test", "http://evil.test/?.skipped.test",
                "http://skipped.test@evil.test/"):
        response = lenient.exchange(icap.respmod(zip_file, url=url))
        expect.infected(response, "ClamAV-Test-File")


def test_blocked_whatever_it_is(lenient):
    for request in (icap.respmod(b"clean", url="http://bad.test/"),
                    icap.reqmod(b"clean", url="http://bad.test/"),
                    icap.respmod(BLOCKED_BODY),
                    icap.respmod(b"clean", url="http://inner.skipped.test/")):
        expect.blocked(lenient.exchange(request))


def test_allowed_threat_passes_marked(lenient):
    request = icap.respmod(EICAR, service="strict")
    expect.passed(request, lenient.exchange(request), "allow-listed")
    procs.wait_until(lambda: "reason=allow-listed" in lenient.text("epost_av.log"), 10,
                     lenient.describe)


def test_read_again_at_reload(make_server):
    server = make_server()
    server.write_exceptions("")
    server.start()
    request = icap.respmod(EICAR, url="http://later.test/")
    expect.infected(server.exchange(request))
    tag = server.options()["ISTag"]
    server.write_exceptions("skip host later.test\n")
    server.reload()
    procs.wait_until(lambda: expect.verdict(request, server.exchange(request)) == "passed", 10,
                     server.describe)
    assert server.options()["ISTag"] != tag


def test_a_wrong_line_keeps_the_old_ones(make_server):
    server = make_server()
    server.write_exceptions("block host bad.test\n")
    server.start()
    server.write_exceptions("skip everything\n")
    server.command("epost_av:reload")
    procs.wait_until(lambda: "exceptions:1" in server.text("server.log") + server.text("stderr"),
                     15, server.describe)
    expect.blocked(server.exchange(icap.respmod(b"clean", url="http://bad.test/")))


def test_a_wrong_line_stops_the_start(make_server):
    server = make_server()
    server.write_exceptions("# one\nskip host\n")
    server.spawn()
    procs.wait_until(lambda: server.process.poll() is not None, 15 * server.env.slow,
                     server.describe)
    assert "exceptions:2" in server.text("stderr") + server.text("server.log")
