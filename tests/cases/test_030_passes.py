# SPDX-License-Identifier: GPL-2.0-or-later
"""Clean content comes back byte for byte, or as 204 where that is allowed."""

import pytest

from lib import expect, icap, samples

WAYS = [(None, ""), (None, "204"), (0, ""), (0, "204"), (1024, ""), (1024, "204"),
        (1 << 23, ""), (1024, "204, 206")]


def test_benign_files_of_this_machine(server):
    """A few hundred files, each RESPMOD and REQMOD, the ways taken in turn."""
    files = samples.benign()
    assert len(files) >= 200, f"only {len(files)} files found"
    with server.connect(60) as connection:
        for i, path in enumerate(files):
            body = path.read_bytes()
            for j, make in enumerate((icap.respmod, icap.reqmod)):
                preview, allow = WAYS[(i + 3 * j) % len(WAYS)]
                request = make(body, url=f"http://files.test{path}", preview=preview, allow=allow)
                response = connection.exchange(request)
                word = expect.verdict(request, response)
                assert word == "clean" or (word == "unscannable" and path.suffix == ".so"), \
                    f"{path}: {word}: {expect.describe(response)}"


@pytest.mark.parametrize("size", [0, 1, 2, 1023, 1024, 1025, 4095, 4096, 65535, 65536, 65537,
                                  131072, 131073, 1 << 20, (1 << 24) + 1])
def test_sizes_around_every_step(server, size):
    """Memory, memfd and spool file; inline and passed descriptor."""
    body = samples.incompressible(size, size)
    for make in (icap.respmod, icap.reqmod):
        for preview, allow in WAYS:
            request = make(body, preview=preview, allow=allow)
            expect.clean(request, server.exchange(request))


@pytest.mark.parametrize("chunk", [1, 2, 7, 4096, 70000])
def test_chunk_sizes(server, chunk):
    body = samples.incompressible(9000, chunk)
    for preview in (None, 0, 100, 9000):
        request = icap.respmod(body, chunk=chunk, preview=preview)
        expect.clean(request, server.exchange(request))


def test_no_body(server):
    for allow in ("", "204"):
        for preview in (None, 0):
            request = icap.Request("RESPMOD", "avscan", req=icap.http_get(),
                                   res=icap.http_ok(None, None, "304 Not Modified"),
                                   preview=preview, allow=allow)
            expect.clean(request, server.exchange(request))
            request = icap.reqmod(None, preview=preview, allow=allow)
            expect.clean(request, server.exchange(request))


def test_no_body_is_not_clean(server):
    """Clean is said only of what was scanned; a message without a body gets a word of its own."""
    for request in (icap.reqmod(None, allow="204"), icap.reqmod(None),
                    icap.Request("RESPMOD", "avscan", req=icap.http_get(),
                                 res=icap.http_ok(None, None, "304 Not Modified"))):
        answer = server.exchange(request)
        assert answer["X-Epost-AV-Verdict"] == "no-body"
        expect.not_blocked(request, answer)


def test_only_a_response_header(server):
    """RESPMOD without the request that caused it."""
    request = icap.Request("RESPMOD", "avscan", res=icap.http_ok(5), body=b"clean")
    expect.clean(request, server.exchange(request))


def test_request_header_comes_back_unchanged(server):
    """Odd but legal header lines survive an echo: order, case, repetition, odd bytes."""
    lines = ["X-Twice: 1", "x-twice: 2", "X-EMPTY:", "Cookie: a=\"b;c\"; d=%00",
             "X-Utf8: \u00e9\u00fc", "X-Long: " + "x" * 3000]
    request = icap.respmod(b"clean", http_headers=lines)
    expect.clean(request, server.exchange(request))


def test_one_connection_serves_many(server):
    with server.connect() as connection:
        for i in range(300):
            body = samples.unique(300 + i)
            request = (icap.respmod, icap.reqmod)[i % 2](body, preview=1024 if i % 3 else None)
            expect.clean(request, connection.exchange(request))
