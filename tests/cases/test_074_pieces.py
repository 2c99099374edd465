# SPDX-License-Identifier: GPL-2.0-or-later
"""Uploads in pieces are partial, and codings are undone however their header is spelled."""

import brotli
import pytest

from lib import icap, samples
from lib.eicar import EICAR

HALF = EICAR[34:]
PACKED = brotli.compress(EICAR) + b"rubbish behind the stream"

PIECES = {
    "tus": ("PATCH", "/f/24e", "application/offset+octet-stream", ["Tus-Resumable: 1.0.0", "Upload-Offset: 34"]),
    "tus-override": ("POST", "/f/24e", None, ["X-HTTP-Method-Override: PATCH", "Upload-Offset: 34"]),
    "ietf": ("PATCH", "/f/24e", "application/partial-upload", ["Upload-Offset: 34", "Upload-Complete: ?1"]),
    "owncloud": ("PUT", "/dav/uploads/u/1/2", None, ["OC-Chunked: 1", "OC-Total-Length: 68"]),
    "owncloud-length": ("PUT", "/x", None, ["OC-Total-Length: 68"]),
    "s3": ("PUT", "/b/x?partNumber=2&uploadId=a", None, []),
    "azure": ("PUT", "/b/x?comp=block&blockid=MQ==", None, []),
    "update-range": ("PATCH", "/x", None, ["X-Update-Range: append"]),
    "dropbox": ("POST", "/2/files/upload_session/append_v2", None, []),
    "plupload": ("POST", "/up?chunk=1&chunks=2", None, []),
}


def reason(response):
    return response.headers.get("X-Epost-AV-Verdict"), response.headers.get("X-Epost-AV-Reason")


@pytest.mark.parametrize("case", PIECES)
def test_a_piece_is_partial(server, case):
    method, path, kind, headers = PIECES[case]
    request = icap.reqmod(HALF + samples.unique(), url="http://example.test" + path, kind=kind, method=method,
                          http_headers=headers, service="web")
    assert reason(server.exchange(request)) == ("unscannable", "partial")


def test_a_piece_that_is_infected(server):
    request = icap.reqmod(EICAR, url="http://example.test/b/x?partNumber=1&uploadId=a", method="PUT",
                          service="web")
    assert reason(server.exchange(request))[0] == "infected"


@pytest.mark.parametrize("headers", [["OC-Total-Length: 10"], ["Upload-Length: 10"], ["X-File-Size: 9"]])
def test_a_whole_is_clean(server, headers):
    request = icap.reqmod(b"ten bytes.", method="PUT", http_headers=headers, service="web")
    assert reason(server.exchange(request))[0] in ("clean", None)


@pytest.mark.parametrize("headers", [
    ["Content-Encoding : br"], ["Content-Encoding\t: br"], ['Content-Encoding: "br"'], ["Content-Encoding: br (x)"],
    ["Content-Encoding:\r\n br"], ["Content-Encoding: " + "identity, " * 500 + "br"],
    ["Content-Encoding: identity"] * 200 + ["Content-Encoding: br"], ["Transfer-Encoding: br, chunked"],
    ["X-A: b\rContent-Encoding: br"]])
def test_spellings_of_a_coding(server, headers):
    request = icap.respmod(PACKED, http_headers=headers, service="web")
    assert reason(server.exchange(request))[0] in ("infected", "unscannable")


def test_aws_chunked_without_its_coding(server):
    body = b"%x;chunk-signature=00\r\n" % len(EICAR) + EICAR + b"\r\n0;chunk-signature=00\r\n\r\n"
    request = icap.reqmod(body, method="PUT", service="web",
                          http_headers=["x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD"])
    assert reason(server.exchange(request))[0] == "infected"


def test_the_second_content_type(server):
    body = b"--in\r\nContent-Disposition: form-data; filename=x\r\n\r\n" + EICAR + b"\r\n--in--\r\n"
    request = icap.reqmod(body, kind="multipart/form-data; boundary=out", service="web",
                          http_headers=["Content-Type: multipart/form-data; boundary=in"])
    assert reason(server.exchange(request))[0] == "infected"
