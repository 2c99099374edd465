# SPDX-License-Identifier: GPL-2.0-or-later
"""Ranges: EICAR fetched in two halves passes nobody unmarked; REQMOD can ask for the whole."""

import pytest

from lib import expect, icap, samples
from lib.eicar import EICAR

RANGE = ["Range: bytes=0-33", "If-Range: \"etag\"", "X-Kept: yes"]


def get(path, service="avscan"):
    http = icap.http_get(f"http://range.test/{path}", headers=RANGE)
    return icap.Request("REQMOD", service, req=http, preview=0, allow="204")


def part(body, first, total, status="206 Partial Content", service="web", kind=None):
    line = f"Content-Range: bytes {first}-{first + len(body) - 1}/{total}"
    return icap.respmod(body, service=service, status=status, kind=kind, http_headers=[line],
                        allow="204")


def test_half_an_eicar_is_partial(server):
    for body, first in ((EICAR[:34], 0), (EICAR[34:], 34)):
        request = part(body, first, 68)
        expect.passed(request, server.exchange(request), "partial")
        response = server.exchange(part(body, first, 68, service="strict"))
        expect.unscannable_blocked(response)


def test_a_part_that_is_the_whole(server):
    expect.infected(server.exchange(part(EICAR, 0, 68)))
    request = part(b"clean", 0, 5)
    expect.clean(request, server.exchange(request))


def test_a_threat_within_a_part(server):
    """A part that has it all is found, whatever is left out."""
    zip_file = next(p for p in samples.testfiles() if p.name == "clam.zip").read_bytes()
    request = part(zip_file, 0, len(zip_file) + 5000)
    expect.infected(server.exchange(request), "ClamAV-Test-File")


def test_byteranges(server):
    body = (b"--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-33/68\r\n\r\n" + EICAR[:34] +
            b"\r\n--B\r\nContent-Type: text/plain\r\nContent-Range: bytes 34-67/68\r\n\r\n" +
            EICAR[34:] + b"\r\n--B--\r\n")
    request = icap.respmod(body, service="web", status="206 Partial Content", allow="204",
                           kind="multipart/byteranges; boundary=B")
    response = server.exchange(request)
    if "X-Infection-Found" not in response.headers:
        expect.passed(request, response, "partial")


def test_ranges_are_left_alone_by_default(server):
    for path in ("a.exe", "video.mp4"):
        request = get(path)
        expect.clean(request, server.exchange(request))


@pytest.mark.parametrize("policy,path,stripped", [("strip", "video.mp4", True),
                                                  ("strip", "a.exe", True),
                                                  ("strip-risky", "a.exe", True),
                                                  ("strip-risky", "A.EXE?x=1", True),
                                                  ("strip-risky", "video.mp4", False)])
def test_stripping(make_server, policy, path, stripped):
    server = make_server(f"{policy}-{path}", settings={"RangePolicy": policy}).start()
    request = get(path)
    response = server.exchange(request)
    if not stripped:
        expect.clean(request, response)
        return
    assert response.status == 200 and response.http_kind == "req", expect.describe(response)
    sent = request.req.split(b"\r\n")
    kept = [line for line in sent if not line.startswith((b"Range:", b"If-Range:"))]
    got = [line for line in response.http.raw.split(b"\r\n") if not line.startswith(b"Via:")]
    assert got == kept, response.http.raw
