# SPDX-License-Identifier: GPL-2.0-or-later
"""EICAR and every file of clamav-testfiles is found by name: RESPMOD and REQMOD, without
preview and with previews of several sizes, with and without Allow: 204."""

import pytest

from lib import expect, icap, samples
from lib.eicar import EICAR, EICAR_NAME, TESTFILE_NAME

FILES = samples.testfiles()
WHOLE = 1 << 22  # a preview that takes any of them in


def every_way(server, body, name, threat):
    with server.connect() as connection:
        for make in (icap.respmod, icap.reqmod):
            for preview in (None, 0, 1024, WHOLE):
                for allow in ("", "204", "204, 206, trailers"):
                    request = make(body, url=f"http://files.test/{name}", preview=preview,
                                   allow=allow)
                    expect.infected(connection.exchange(request), threat)


def test_the_test_files_are_there():
    assert len(FILES) >= 40, "Debian's package clamav-testfiles is missing"


def test_eicar(server):
    every_way(server, EICAR, "eicar.com", EICAR_NAME)


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_file(server, path):
    every_way(server, path.read_bytes(), path.name, TESTFILE_NAME)


@pytest.mark.parametrize("size", [1, 3, 17, 67])
def test_eicar_in_small_chunks(server, size):
    for make in (icap.respmod, icap.reqmod):
        for preview in (None, 0, 30, 68):
            request = make(EICAR, chunk=size, preview=preview, allow="204")
            expect.infected(server.exchange(request))


def test_eicar_with_no_length_announced(server):
    for make in (icap.respmod, icap.reqmod):
        expect.infected(server.exchange(make(EICAR, length=False)))


def test_declared_length_does_not_decide(server):
    """A Content-Length that lies neither skips the scan nor cuts it."""
    for declared in (0, 1, 10**12):
        request = icap.Request("RESPMOD", "avscan", req=icap.http_get(),
                               res=icap.http_ok(declared), body=EICAR)
        expect.infected(server.exchange(request))


def test_content_type_does_not_decide(server):
    for kind in ("image/png", "text/plain", "video/mp4", "application/pdf", "multipart/mixed", ""):
        expect.infected(server.exchange(icap.respmod(EICAR, kind=kind or None)))
