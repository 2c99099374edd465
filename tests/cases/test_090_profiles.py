# SPDX-License-Identifier: GPL-2.0-or-later
"""Profiles: what happens to what is not clean. Encrypted archives stand for the unscannable."""

import io
import zipfile

import pytest

from lib import expect, icap, procs, samples
from lib.eicar import EICAR


def encrypted_zip():
    """A ZIP whose only member says that it is encrypted (and is noise)."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as z:
        z.writestr("secret.txt", samples.incompressible(400, 7))
    out = bytearray(data.getvalue())
    out[6] |= 1  # local header's flags
    out[out.find(b"PK\1\2") + 8] |= 1  # central directory's flags
    return bytes(out)


ENCRYPTED = encrypted_zip()


def test_web_passes_and_says_why(server):
    for make in (icap.respmod, icap.reqmod):
        for allow in ("", "204"):
            request = make(ENCRYPTED, service="web", allow=allow)
            expect.passed(request, server.exchange(request), "encrypted")


@pytest.mark.parametrize("service", ["mail", "strict"])
def test_mail_and_strict_block(server, service):
    for make in (icap.respmod, icap.reqmod):
        request = make(ENCRYPTED, service=service, allow="204")
        expect.unscannable_blocked(server.exchange(request))


def test_every_profile_blocks_threats(server):
    for service in server.aliases:
        expect.infected(server.exchange(icap.respmod(EICAR, service=service)))
        request = icap.respmod(b"clean", service=service)
        expect.clean(request, server.exchange(request))


def test_own_profiles(make_server):
    """An operator's profile, one that fails, one that is the built-in one changed."""
    server = make_server(
        settings={"Profile": "kiosk like=web unscannable:encrypted=block"},
        aliases={"kiosk": "profile=kiosk"}).start()
    expect.unscannable_blocked(server.exchange(icap.respmod(ENCRYPTED, service="kiosk")))
    request = icap.respmod(ENCRYPTED, service="web")
    expect.passed(request, server.exchange(request), "encrypted")


def test_fail_is_icap_500(make_server):
    server = make_server(settings={"Profile": "web unscannable:encrypted=fail"}).start()
    for make in (icap.respmod, icap.reqmod):
        response = server.exchange(make(ENCRYPTED, service="web", allow="204"))
        expect.failed(response)
        assert response["X-Error-Code"] == "password_protected", expect.describe(response)


def test_every_pass_is_counted_and_logged(server):
    before = server.text("epost_av.log").count("verdict=unscannable")
    request = icap.respmod(ENCRYPTED, service="web", url="http://counted.test/secret.zip")
    expect.passed(request, server.exchange(request), "encrypted")

    def line():
        return [one for one in server.text("epost_av.log").splitlines() if "counted.test" in one]
    found = procs.wait_until(line, 10, server.describe)[0]
    assert "verdict=unscannable" in found and "reason=encrypted" in found
    assert "action=pass" in found
    assert server.text("epost_av.log").count("verdict=unscannable") > before


def test_unknown_profile_is_strict(make_server):
    """A profile that does not exist serves nobody more leniently, and is complained about."""
    server = make_server(aliases={"odd": "profile=nosuch"}).start()
    expect.unscannable_blocked(server.exchange(icap.respmod(ENCRYPTED, service="odd")))
    procs.wait_until(lambda: "nosuch" in server.text("stderr") + server.text("server.log"), 10,
                     server.describe)


def test_unknown_argument_is_ignored(make_server):
    server = make_server(aliases={"odd": "frobnicate=yes&sizelimit=off&mode=simple"}).start()
    expect.infected(server.exchange(icap.respmod(EICAR, service="odd")))
    procs.wait_until(lambda: "frobnicate" in server.text("stderr") + server.text("server.log"), 10,
                     server.describe)


def test_allow204_off(make_server):
    """virus_scan's argument: always the whole message."""
    server = make_server(aliases={"whole": "allow204=off"}).start()
    request = icap.respmod(b"clean", service="whole", allow="204", preview=1024)
    response = server.exchange(request)
    assert response.status == 200
    expect.clean(request, response)
