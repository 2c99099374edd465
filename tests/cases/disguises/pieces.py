# SPDX-License-Identifier: GPL-2.0-or-later
"""Uploads in pieces: a server joins them, so that a piece by itself says nothing of the whole."""

import base64

from bypass.formats.zips import DEFLATE, zip_of
from disguises.case import EVIL, disguise

JOINS = "the server joins the pieces"
ZIP = zip_of(EVIL, DEFLATE)
HALVES = {"plain-1": EVIL.data[:34], "plain-2": EVIL.data[34:], "zip-1": ZIP[:90], "zip-2": ZIP[90:]}
OFFSET = {"plain-1": 0, "plain-2": 34, "zip-1": 0, "zip-2": 90}
TOTAL = {"plain-1": 68, "plain-2": 68, "zip-1": len(ZIP), "zip-2": len(ZIP)}


@disguise(3, JOINS, method="PATCH", url="http://example.test/files/24e")
def piece_patch():
    for name, half in HALVES.items():
        start, total = OFFSET[name], TOTAL[name]
        end = start + len(half)
        yield f"tus-{name}", half, {"kind": "application/offset+octet-stream", "headers": ("Tus-Resumable: 1.0.0", f"Upload-Offset: {start}")}
        yield f"tus-other-version-{name}", half, {"kind": "application/offset+octet-stream", "headers": ("tus-resumable: 0.2.2", f"upload-offset: {start}")}
        yield f"tus-post-override-{name}", half, {"method": "POST", "kind": "application/offset+octet-stream", "headers":
              ("X-HTTP-Method-Override: PATCH", "Tus-Resumable: 1.0.0", f"Upload-Offset: {start}")}
        yield f"ietf-{name}", half, {"kind": "application/partial-upload", "headers": (f"Upload-Offset: {start}", "Upload-Complete: ?1")}
        yield f"ietf-post-{name}", half, {"method": "POST", "headers": ("Upload-Complete: ?0", f"Upload-Length: {total}")}
        yield f"ietf-draft-{name}", half, {"headers": (f"Upload-Offset: {start}", "Upload-Draft-Interop-Version: 6")}
        yield f"update-range-{name}", half, {"kind": "application/x-sabredav-partialupdate", "headers": (f"X-Update-Range: bytes={start}-{end - 1}",)}
        yield f"append-{name}", half, {"headers": ("X-Update-Range: append",)}
        yield f"content-range-{name}", half, {"method": "PUT", "headers": (f"Content-Range: bytes {start}-{end - 1}/{total}",)}
        yield f"content-range-unknown-{name}", half, {"method": "PUT", "headers": (f"content-range: bytes {start}-{end - 1}/*",)}


@disguise(2, JOINS, method="PUT")
def piece_put():
    for name, half in HALVES.items():
        start, total = OFFSET[name], TOTAL[name]
        number = 1 if name.endswith("1") else 2
        urls = {"s3": f"bucket/x.com?partNumber={number}&uploadId=abc", "s3-turned": f"bucket/x.com?uploadId=abc&partNumber={number}",
                "s3-escaped": f"bucket/x.com?part%4Eumber={number}&uploadId=abc", "azure": f"c/x.com?comp=block&blockid={base64.b64encode(b'%06d' % number).decode()}",
                "azure-append": "c/x.com?comp=appendblock", "azure-page": "c/x.com?comp=page", "azure-capitals": "c/x.com?COMP=BLOCK&blockid=MQ==",
                "google": f"upload/storage?uploadType=resumable&upload_id=x{number}", "swift": f"v1/a/c/x?multipart-manifest=put&n={number}"}
        for kind, url in urls.items():
            rank = {"rank": 1} if kind in ("swift", "google", "s3-escaped") else {}
            yield f"{kind}-{name}", half, {"url": "http://example.test/" + url, **rank}
        yield f"owncloud-{name}", half, {"headers": ("OC-Chunked: 1", f"OC-Chunk-Offset: {start}", f"OC-Total-Length: {total}")}
        yield f"owncloud-length-{name}", half, {"headers": (f"OC-Total-Length: {total}",)}
        yield f"owncloud-old-name-{name}", half, {"url": f"http://example.test/remote.php/webdav/x.com-chunking-1234-2-{number - 1}", "headers": ("oc-chunked: 1",)}
        yield f"dropbox-{name}", half, {"method": "POST", "url": "http://example.test/2/files/upload_session/append_v2", "headers":
              ('Dropbox-API-Arg: {"cursor":{"session_id":"x","offset":%d},"close":false}' % start,)}
        yield f"dropbox-finish-{name}", half, {"method": "POST", "url": "http://example.test/2/files/upload_session/finish", "headers":
              ('Dropbox-API-Arg: {"cursor":{"session_id":"x","offset":%d},"commit":{"path":"/x"}}' % start,)}


def form(fields, data):
    out = b"".join(b'--aaa\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (k.encode(), str(v).encode()) for k, v in fields.items())
    return out + b'--aaa\r\nContent-Disposition: form-data; name="file"; filename="blob"\r\nContent-Type: application/octet-stream\r\n\r\n' + \
        data + b"\r\n--aaa--\r\n"


@disguise(3, JOINS, method="POST", kind="multipart/form-data; boundary=aaa", url="http://example.test/upload")
def piece_form():
    for name, half in HALVES.items():
        start, total = OFFSET[name], TOTAL[name]
        number = 0 if name.endswith("1") else 1
        sets = {"dropzone": {"dzuuid": "1-2", "dzchunkindex": number, "dztotalfilesize": total, "dzchunksize": 99, "dztotalchunkcount": 2, "dzchunkbyteoffset": start},
                "plupload": {"name": "x.com", "chunk": number, "chunks": 2},
                "resumable": {"resumableChunkNumber": number + 1, "resumableTotalChunks": 2, "resumableIdentifier": "x"},
                "flow": {"flowChunkNumber": number + 1, "flowTotalChunks": 2, "flowIdentifier": "x"},
                "fine-uploader": {"qqpartindex": number, "qqtotalparts": 2, "qquuid": "x"}}
        for kind, fields in sets.items():
            yield f"{kind}-{name}", form(fields, half)
        yield f"blueimp-{name}", form({}, half), {"headers": (f"Content-Range: bytes {start}-{start + len(half) - 1}/{total}",)}
        yield f"plupload-query-{name}", half, {"kind": "application/octet-stream", "url": f"http://example.test/up?name=x.com&chunk={number}&chunks=2"}


@disguise(4, "S3 undoes it", method="PUT", url="http://example.test/bucket/x.com")
def aws_chunked():
    def coded(data, step, signed=True):
        out = b""
        for at in range(0, len(data), step):
            piece = data[at:at + step]
            out += b"%x" % len(piece) + (b";chunk-signature=" + b"a" * 64 if signed else b"") + b"\r\n" + piece + b"\r\n"
        return out + b"0" + (b";chunk-signature=" + b"b" * 64 if signed else b"") + b"\r\n"
    for name, data, step in (("plain", EVIL.data, 30), ("zip", ZIP, 50), ("zip-one", ZIP, 9999), ("plain-bytes", EVIL.data, 1)):
        for signed in (True, False):
            headers = ("Content-Encoding: aws-chunked", "x-amz-content-sha256: STREAMING-AWS4-HMAC-SHA256-PAYLOAD" if signed else
                       "x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER", f"x-amz-decoded-content-length: {len(data)}")
            word = "signed" if signed else "unsigned"
            yield f"{name}-{word}", coded(data, step, signed) + b"\r\n", {"headers": headers}
            yield f"{name}-{word}-trailer", coded(data, step, signed) + b"x-amz-checksum-crc32:AAAAAA==\r\n\r\n", {"headers": headers}
            yield f"{name}-{word}-no-encoding-header", coded(data, step, signed) + b"\r\n", {"headers": headers[1:]}
