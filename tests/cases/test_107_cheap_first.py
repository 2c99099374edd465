# SPDX-License-Identifier: GPL-2.0-or-later
"""A slow part does not hide the next one: what is cheap is found within the mail profile's time,
whatever lies in front of it."""

import email.message
import io
import tarfile
import zipfile
import zlib

import pytest

from lib import env as environment, expect, faults, icap, procs, samples, wire
from lib.eicar import EICAR, EICAR_NAME

MAIL_MS = 6000  # what the mail profile gives


@pytest.fixture(scope="module")
def slow(env):
    """A server on which each slow_part() takes nine seconds, and libclamav does not look at the clock."""
    from lib.server import Server
    server = Server(env, "cheap-first", workers=3, settings={
        "MaxScanCpu": "3600", "Profile": f"mail timeout={round(MAIL_MS * env.slow)}ms"})
    environment.signatures(server.bases, environment.STARTER,
                           slow_ldb=faults.slow_signatures(9000))
    with server.start(60):
        yield server


def slow_part():
    return b"\0\1\2\3" + faults.slow_body()


def letter(*parts):
    """A mail with a short text and these attachments: (name, bytes)."""
    message = email.message.EmailMessage()
    message["From"], message["To"] = "alice@example.test", "bob@example.test"
    message["Subject"] = "parts"
    message.set_content("See the attachments.\n")
    for name, data in parts:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def zipped(*members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return out.getvalue()


def upload(*parts):
    out = b""
    for name, data in parts:
        out += (b"--edge\r\nContent-Disposition: form-data; name=\"f\"; filename=\"%s\"\r\n\r\n"
                % name.encode()) + data + b"\r\n"
    return out + b"--edge--\r\n"


def found(server, body, seconds=4.0, **more):
    reply = wire.scan(server.socket, body, deadline_ms=int(MAIL_MS * server.env.slow), **more)
    assert reply.verdict == "infected" and reply.threat.startswith(EICAR_NAME), reply
    assert reply.elapsed_us < seconds * 1e6 * server.env.slow, reply.elapsed_us
    return reply


def test_in_a_mail(slow):
    reply = found(slow, letter(("a.bin", slow_part()), ("b.zip", zipped(("eicar.com", EICAR)))))
    assert reply.part.endswith("b.zip > eicar.com"), reply


def test_in_a_mail_as_it_is(slow):
    found(slow, letter(("a.bin", slow_part()), ("b.com", EICAR)))


def test_in_a_mail_between(slow):
    found(slow, letter(*[(f"{i}.bin", slow_part()) for i in range(5)],
                       ("b.zip", zipped(("eicar.com", EICAR))),
                       *[(f"{i}.bin", slow_part()) for i in range(5, 9)]))


def test_over_icap(slow):
    """Within the mail profile's time, and with the threat's name."""
    request = icap.respmod(letter(("a.bin", slow_part()), ("b.zip", zipped(("e.com", EICAR)))),
                           service="mail", allow="204")
    response = slow.exchange(request)
    expect.infected(response)


def test_in_an_upload(slow):
    found(slow, upload(("a.bin", slow_part()), ("b.zip", zipped(("eicar.com", EICAR)))),
          type=b"multipart/form-data; boundary=edge", flags=wire.UPLOAD)


def test_slow_alone_is_not_clean(slow):
    reply = wire.scan(slow.socket, letter(("a.bin", slow_part()), ("b.txt", b"harmless")),
                      deadline_ms=2000)
    assert reply.verdict == "error", reply


# libclamav looks at the clock between the layers of an archive.

@pytest.fixture(scope="module")
def layered(env):
    """A server on which each slow_part() takes about 0.8 s."""
    from lib.server import Server
    server = Server(env, "layers", workers=3, settings={"MaxScanCpu": "3600"})
    environment.signatures(server.bases, environment.STARTER,
                           slow_ldb=faults.slow_signatures(800))
    with server.start(60):
        yield server


def bomb(count=30):
    return zipped(*[(f"{i}.bin", slow_part()) for i in range(count)])


def padded(count=20000):
    """EICAR in a ZIP that is larger than the bomb."""
    return zipped(("pad.bin", samples.incompressible(count)), ("eicar.com", EICAR))


def test_a_bomb_smaller_than_the_threat(layered):
    found(layered, letter(("a.zip", bomb()), ("b.zip", padded())), 5.0)


def test_a_bomb_and_the_threat_in_one_archive(layered):
    found(layered, zipped(*[(f"{i}.bin", slow_part()) for i in range(30)], ("e.com", EICAR)), 5.5)


def test_in_a_tar(layered):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in [("a.zip", bomb()), ("b.com", EICAR)]:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    found(layered, out.getvalue(), 5.5)


def test_a_bomb_alone_is_still_scanned_to_its_end(layered):
    """Trials change no verdict: what takes long is clean once all of it was scanned."""
    body = letter(("a.zip", bomb(3)), ("b.zip", zipped(("c.txt", b"harmless"))))
    seconds = int(60 * layered.env.slow)
    reply = wire.scan(layered.socket, body, deadline_ms=seconds * 1000, timeout=seconds + 10)
    assert (reply.verdict, reply.reason) == ("clean", "none"), reply
