# SPDX-License-Identifier: GPL-2.0-or-later
"""The answers that a web client must see behind a scanning proxy, and content to serve it."""

import gzip
import io
import zipfile
import zlib

from lib import samples
from lib.eicar import EICAR, EICAR_NAME


def blocked(reply, name=EICAR_NAME):
    """The block page came instead of the content, and names the threat."""
    assert reply.status == 403 and reply.whole, reply
    assert reply.headers["Content-Type"].lower().replace(" ", "") == "text/html;charset=utf-8"
    assert "no-store" in reply.headers["Cache-Control"], reply
    assert name in reply.body.decode("utf-8"), reply
    assert EICAR not in reply.body


def delivered(reply, body, status=200):
    """The content came whole and unchanged."""
    assert reply.status == status, reply
    assert reply.whole, f"cut: {reply}"
    assert reply.body == body, f"{len(reply.body)} bytes for {len(body)}: {reply}"


def zipped(data=EICAR, name="eicar.com", padding=0):
    """A ZIP with that member, behind `padding` bytes of another one that does not compress."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        if padding:
            z.writestr("noise.bin", samples.incompressible(padding, padding))
        z.writestr(name, data)
    return out.getvalue()


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


ENCODINGS = {"gzip": gzip.compress, "deflate": zlib.compress, "raw deflate": raw_deflate,
             "gzip, gzip": lambda data: gzip.compress(gzip.compress(data))}


def form(*parts, boundary="----formboundary7MA4YWxk"):
    """(body, Content-Type) of a multipart/form-data upload; parts: (field, file name, data)."""
    body = b""
    for field, name, data in parts:
        extra = f'; filename="{name}"\r\nContent-Type: application/octet-stream' if name else ""
        body += (f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"{extra}'
                 "\r\n\r\n").encode() + data + b"\r\n"
    return body + f"--{boundary}--\r\n".encode(), f"multipart/form-data; boundary={boundary}"
