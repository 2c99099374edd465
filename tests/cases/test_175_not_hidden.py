# SPDX-License-Identifier: GPL-2.0-or-later
"""A threat that is allowed, or only suspected, hides nothing else in the same body."""

import base64
import concurrent.futures
import gzip
import io
import tarfile
import zipfile

import pytest

from lib import env as environment, expect, icap, letters, samples, wire
from lib.server import Server

ALLOWED, ALSO_ALLOWED, THREAT, UNWANTED = (b"fB3-allowed-mark-%d-Qz" % i for i in range(4))
MARKS = "".join(f"{name}:0:*:{mark.hex()}\n" for name, mark in (
    ("Allowed.One", ALLOWED), ("Allowed.Two", ALSO_ALLOWED), ("Real.Threat", THREAT)))
PUA = f"PUA.Test.Unwanted:0:*:{UNWANTED.hex()}\n"
LINK = b'<a href="http://click.mailer.test/t?u=1">https://www.shop.test/offers</a>\r\n'


def zipped(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for number, data in enumerate(members):
            z.writestr(f"{number}.bin", data)
    return out.getvalue()


def tarred(*members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as t:
        for number, data in enumerate(members):
            info = tarfile.TarInfo(f"{number}.bin")
            info.size = len(data)
            t.addfile(info, io.BytesIO(data))
    return out.getvalue()


def mail(*members):
    parts = [b"--=_b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; "
             b'filename="%d.bin"\r\nContent-Transfer-Encoding: base64\r\n\r\n%s\r\n'
             % (number, base64.encodebytes(data).replace(b"\n", b"\r\n"))
             for number, data in enumerate(members)]
    return (b"From: a@example.test\r\nTo: b@example.test\r\nSubject: x\r\nMIME-Version: 1.0\r\n"
            b'Content-Type: multipart/mixed; boundary="=_b"\r\n\r\n' + b"".join(parts) +
            b"--=_b--\r\n")


def page(*members):
    return b"<html><body>" + b"".join(
        b'<a href="data:application/zip;base64,%s">x</a>' % base64.b64encode(zipped(m))
        for m in members) + b"</body></html>"


def padded(data, seed):
    return samples.incompressible(300, seed) + data + samples.incompressible(300, seed + 1)


# How two pieces come to be in one body.
WAYS = {
    "text": lambda a, b: a + b" and " + b,
    "zip": zipped,
    "zip-in-zip": lambda a, b: zipped(zipped(a), zipped(zipped(b))),
    "beside-a-zip": lambda a, b: zipped(b) + a,
    "tar": tarred,
    "tar.gz": lambda a, b: gzip.compress(tarred(a, b), mtime=0),
    "mail": mail,
    "mail-zip": lambda a, b: mail(a, zipped(b)),
    "gzip-twice": lambda a, b: gzip.compress(gzip.compress(a + b, mtime=0), mtime=0),
    "page": page,
}
# Ten of each: what is allowed first or last, once or with a second allowed name, in noise or bare.
TURNS = [(first, second, seed) for first, second in
         ((ALLOWED, THREAT), (THREAT, ALLOWED), (ALLOWED + ALSO_ALLOWED, THREAT),
          (THREAT, ALLOWED + b" " + ALSO_ALLOWED), (ALLOWED, ALSO_ALLOWED + b"\n" + THREAT))
         for seed in (0, 1)]


def pair(way, turn, threat=THREAT):
    first, second, seed = TURNS[turn]
    first, second = (one.replace(THREAT, threat) for one in (first, second))
    note = b"%s %d\n" % (way.encode(), turn)
    return WAYS[way](padded(first, 7) if seed else note + first,
                     padded(second, 9) if seed else note + second)


def made(env, name, rules="", **settings):
    server = Server(env, name, settings={"Profile": "suspicious like=strict "
                                                    "unscannable:heuristic=block", **settings},
                    aliases={"suspicious": "profile=suspicious"})
    environment.signatures(server.bases, marks_ndb=MARKS, pua_ndu=PUA)
    if rules:
        server.write_exceptions(rules)
    return server


@pytest.fixture(scope="module")
def lenient(env):
    """Some names are allowed."""
    server = made(env, "not_hidden", "allow threat Allowed.*\n")
    try:
        yield server.start()
        server.stop()
    finally:
        server.kill()


@pytest.fixture(scope="module")
def suspecting(env):
    """All heuristics are on."""
    server = made(env, "suspecting", "allow threat Allowed.*\nallow threat PUA.Test.Allowed*\n",
                  DetectPUA="on", DetectPhishingSSL="on", DetectPhishingCloak="on",
                  DetectBroken="on")
    try:
        yield server.start()
        server.stop()
    finally:
        server.kill()


@pytest.mark.parametrize("way", WAYS)
def test_pairs(lenient, way):
    """An allowed name and another one: first scan, verdict cache, and with only what is allowed."""
    for turn in range(len(TURNS)):
        body = pair(way, turn)
        for _ in range(2):
            expect.infected(lenient.exchange(icap.respmod(body, service="strict")), "Real.Threat")
        request = icap.respmod(pair(way, turn, b"harmless"), service="strict")
        for _ in range(2):
            expect.passed(request, lenient.exchange(request), "allow-listed")


@pytest.mark.timeout(600)
def test_single_flight(lenient):
    """Eight clients with the same bytes at once; kasp's and others' plain scans among them."""
    for turn, way in enumerate(WAYS):
        noise = samples.incompressible(500000, turn)
        body = WAYS[way](noise + ALLOWED, THREAT + noise)
        allowed = WAYS[way](noise + ALLOWED, noise)
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            answers = [pool.submit(lenient.exchange, icap.respmod(one, service="strict"), 90)
                       for _ in range(3) for one in (body, allowed)]
            plain = pool.submit(wire.scan, lenient.socket, body, 90, True, deadline_ms=80000)
            assert plain.result().verdict == "infected"
            for answer in answers[0::2]:
                expect.infected(answer.result(), "Real.Threat")
            request = icap.respmod(allowed, service="strict")
            for answer in answers[1::2]:
                expect.passed(request, answer.result(), "allow-listed")


def test_one_list_does_not_answer_for_another(lenient):
    """The cache's reply holds for every client: a list that is read anew is asked again."""
    body = b"one list and another: " + ALLOWED + b" " + ALSO_ALLOWED
    request = icap.respmod(body, service="strict")
    expect.passed(request, lenient.exchange(request), "allow-listed")
    path = lenient.etc / "exceptions"
    before = path.read_text(encoding="ascii")
    try:
        lenient.write_exceptions("allow threat Allowed.One*\n")
        lenient.reload()
        expect.infected(lenient.exchange(request), "Allowed.Two")
        plain = wire.scan(lenient.socket, body, digest=True)
        assert plain.verdict == "infected"
    finally:
        lenient.write_exceptions(before)
        lenient.reload()
    expect.passed(request, lenient.exchange(request), "allow-listed")


def test_allowed_threat_hides_no_other_reason(lenient):
    """Other findings that the profile does not pass are not passed for the sake of an allowed name."""
    for body in (zipped(ALLOWED, letters.encrypted_zip()), mail(letters.encrypted_zip(), ALLOWED)):
        for _ in range(2):
            expect.unscannable_blocked(lenient.exchange(icap.respmod(body, service="strict")))
            request = icap.respmod(body, service="web")
            expect.passed(request, lenient.exchange(request), "encrypted")
    request = icap.respmod(b"part of it " + ALLOWED, service="strict", status="206 Partial Content",
                           headers=("Content-Range: bytes 5-99/1000",))
    expect.unscannable_blocked(lenient.exchange(request))


def test_more_names_than_are_listed(env, make_server):
    """A list of names that is not whole allows nothing."""
    names = [f"Allowed.{'x' * 60}.{i:03}" for i in range(100)]
    marks = [b"mark-%03d-of-many-Xq" % i for i in range(100)]
    server = make_server()
    environment.signatures(server.bases, marks_ndb="".join(
        f"{n}:0:*:{m.hex()}\n" for n, m in zip(names, marks)))
    server.write_exceptions("allow threat Allowed.*\n")
    server.start()
    request = icap.respmod(zipped(*marks[:5]), service="strict")
    expect.passed(request, server.exchange(request), "allow-listed")
    for _ in range(2):
        response = server.exchange(icap.respmod(zipped(*marks), service="strict"))
        expect.blocked(response)
        assert expect.threat_of(response)[1].startswith("Allowed."), expect.describe(response)


def test_all_threats_over_the_socket(lenient):
    body = zipped(ALLOWED, THREAT, b"x" + ALSO_ALLOWED, letters.encrypted_zip())
    first = wire.scan(lenient.socket, body, digest=True)
    assert first.verdict == "infected" and not first.flags & wire.COMPLETE
    for _ in range(2):
        reply = wire.scan(lenient.socket, body, digest=True, flags=wire.ALL_THREATS)
        assert reply.verdict == "infected" and reply.flags & wire.COMPLETE
        named = {name.removesuffix(".UNOFFICIAL"): part for reason, name, part in reply.facts
                 if reason == "signature"}
        assert named == {"Allowed.One": "zip > 0.bin", "Real.Threat": "zip > 1.bin",
                         "Allowed.Two": "zip > 2.bin"}, reply.facts
        assert "encrypted" in [reason for reason, _, _ in reply.facts]
    assert reply.cached


# ----------------------------------------------------------------- heuristics

def phishing(*attachments):
    whole = mail(*attachments)
    html = b"--=_b\r\nContent-Type: text/html\r\n\r\n" + LINK + b"\r\n"
    return whole.replace(b"--=_b\r\n", html + b"--=_b\r\n", 1) if attachments else \
        whole.replace(b"--=_b--", html + b"--=_b--")


def marked(request, response, name):
    """Passes as content that a heuristic suspects, with the name for our own header only."""
    expect.passed(request, response, "heuristic")
    assert expect.is_threat(response["X-Epost-AV-Threat"], name), expect.describe(response)


def test_a_tracking_link_is_clean(server):
    """With the defaults, in every profile."""
    for service in ("web", "mail", "strict"):
        request = icap.respmod(phishing(), service=service)
        expect.clean(request, server.exchange(request))


@pytest.mark.parametrize("what", ["link", "pua", "pua-in-zip"])
def test_marked_by_default(suspecting, what):
    body, name = {"link": (phishing(), "Heuristics.Phishing.Email.SSL-Spoof"),
                  "pua": (b"tool: " + UNWANTED, "PUA.Test.Unwanted"),
                  "pua-in-zip": (zipped(b"tool: " + UNWANTED), "PUA.Test.Unwanted")}[what]
    for _ in range(2):
        for service in ("web", "mail", "strict"):
            request = icap.respmod(body, service=service)
            marked(request, suspecting.exchange(request), name)
        response = suspecting.exchange(icap.respmod(body, service="suspicious"))
        expect.unscannable_blocked(response)
        assert "X-Virus-ID" not in response.headers
    suspecting.logged("reason=heuristic", f"threat={name}")


@pytest.mark.parametrize("way", WAYS)
def test_a_heuristic_hides_no_threat(suspecting, way):
    for first, second in ((UNWANTED, THREAT), (THREAT, UNWANTED),
                          (UNWANTED + ALLOWED, THREAT), (THREAT, ALLOWED + UNWANTED)):
        body = WAYS[way](b"h1 " + first, b"h2 " + second)
        for service in ("web", "strict"):
            expect.infected(suspecting.exchange(icap.respmod(body, service=service)),
                            "Real.Threat")


def test_a_link_hides_no_threat(suspecting):
    for body in (phishing(THREAT), phishing(zipped(THREAT)), phishing(ALLOWED, THREAT)):
        expect.infected(suspecting.exchange(icap.respmod(body, service="mail")), "Real.Threat")


def test_a_heuristic_hides_no_worse_reason(suspecting):
    """Encrypted, and suspected: each profile decides on both."""
    for body in (phishing(letters.encrypted_zip()), zipped(UNWANTED, letters.encrypted_zip())):
        for _ in range(2):
            response = suspecting.exchange(icap.respmod(body, service="mail"))
            expect.unscannable_blocked(response)
            assert response["X-Epost-AV-Reason"] == "encrypted"
            request = icap.respmod(body, service="web")
            expect.passed(request, suspecting.exchange(request), "encrypted")


def test_a_reason_that_passes_hides_no_heuristic(make_server):
    server = make_server(settings={"Profile": "web unscannable:heuristic=block",
                                   "DetectPUA": "on"})
    environment.signatures(server.bases, pua_ndu=PUA)
    server.start()
    body = zipped(UNWANTED, letters.encrypted_zip())
    response = server.exchange(icap.respmod(body, service="web"))
    expect.unscannable_blocked(response)
    assert response["X-Epost-AV-Reason"] == "heuristic"


def test_an_allowed_heuristic_hides_no_other(make_server):
    server = make_server(settings={"Profile": "web unscannable:heuristic=block", "DetectPUA": "on",
                                   "DetectPhishingSSL": "on"})
    environment.signatures(server.bases, pua_ndu=PUA)
    server.write_exceptions("allow threat Heuristics.Phishing.*\n")
    server.start()
    request = icap.respmod(phishing(), service="web")
    expect.passed(request, server.exchange(request), "allow-listed")
    response = server.exchange(icap.respmod(phishing(b"x " + UNWANTED), service="web"))
    expect.unscannable_blocked(response)
    assert response["X-Epost-AV-Reason"] == "heuristic"


@pytest.mark.parametrize("action", ["fail", "pass", "block"])
def test_profile_line(make_server, action):
    server = make_server(settings={"Profile": f"web unscannable:heuristic={action}",
                                   "DetectPUA": "on"})
    environment.signatures(server.bases, pua_ndu=PUA)
    server.start()
    request = icap.respmod(b"tool: " + UNWANTED, service="web")
    response = server.exchange(request)
    if action == "pass":
        expect.passed(request, response, "heuristic")
    else:
        (expect.failed if action == "fail" else expect.unscannable_blocked)(response)
