# SPDX-License-Identifier: GPL-2.0-or-later
"""Mail, written line by line, and TNEF and CMS for its attachments."""

import base64
import quopri
import struct

HEAD = (b"From: Sender <sender@example.test>\r\nTo: Recipient <rcpt@example.test>\r\n"
        b"Subject: invoice\r\nDate: Mon, 1 Sep 2008 12:00:00 +0900\r\n"
        b"Message-ID: <1@example.test>\r\n")
BOUNDARY = b"=_frontier"


def b64(data):
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


def qp(data):
    return quopri.encodestring(data, quotetabs=True).replace(b"\n", b"\r\n")


def part(headers, body):
    return headers.rstrip(b"\r\n") + b"\r\n\r\n" + body


def attachment(file, *, encoding=b"base64", body=None, name=None, kind=b"application/octet-stream",
               disposition=b"attachment"):
    name = b'"%s"' % file.name.encode() if name is None else name
    if body is None:
        body = {b"base64": b64, b"quoted-printable": qp}.get(encoding, bytes)(file.data)
    head = b"Content-Type: " + kind + (b"; name=" + name if name else b"") + b"\r\n"
    if encoding:
        head += b"Content-Transfer-Encoding: " + encoding + b"\r\n"
    if disposition:
        head += b"Content-Disposition: " + disposition + (b"; filename=" + name if name else b"")
    return part(head, body)


TEXT = part(b"Content-Type: text/plain; charset=us-ascii", b"See the attachment.\r\n")


def multipart(parts, boundary=BOUNDARY, *, subtype=b"mixed", end=True, preamble=b"",
              declared=None, parameter=None, head=HEAD):
    declared = boundary if declared is None else declared
    parameter = b'boundary="%s"' % declared if parameter is None else parameter
    out = head + b"MIME-Version: 1.0\r\nContent-Type: multipart/" + subtype + b"; " + parameter
    out += b"\r\n\r\n" + preamble
    for item in parts:
        out += b"--" + boundary + b"\r\n" + item + b"\r\n"
    return out + (b"--" + boundary + b"--\r\n" if end else b"")


def mail_with(item, **more):
    return multipart([TEXT, item], **more)


def single(kind, encoding, body, more=b""):
    """A mail that is one body."""
    return HEAD + b"MIME-Version: 1.0\r\nContent-Type: " + kind + b"\r\n" + more + \
        b"Content-Transfer-Encoding: " + encoding + b"\r\n\r\n" + body


def _counted(tag, data):
    return struct.pack("<III", tag, 1, len(data)) + data + bytes(-len(data) % 4)


def tnef(file, among_properties=False):
    """winmail.dat with one attachment, in an attribute of its own or among its properties."""
    def attribute(level, ident, data):
        return struct.pack("<BII", level, ident, len(data)) + data + \
            struct.pack("<H", sum(data) & 0xFFFF)
    name = file.name.encode() + b"\0"
    out = struct.pack("<IH", 0x223E9F78, 1)
    out += attribute(1, 0x00089006, struct.pack("<I", 0x10000))
    out += attribute(1, 0x00078008, b"IPM.Microsoft Mail.Note\0")
    out += attribute(2, 0x00069002, struct.pack("<HIHHI", 1, 0xFFFFFFFF, 32, 32, 0))
    out += attribute(2, 0x00018010, name)
    if among_properties:
        long = file.name.encode("utf-16-le") + b"\0\0"
        return out + attribute(2, 0x00069005, struct.pack("<I", 3) + struct.pack("<IHH", 0x0E200003, 0, 0) +
                               _counted(0x3707001F, long) + _counted(0x37010102, file.data))
    return out + attribute(2, 0x0006800F, file.data)


def der(tag, *content):
    body = b"".join(content)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    count = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 128 | len(count)]) + count + body


def _oid(text):
    return bytes.fromhex(text)


OID_SIGNED, OID_ENVELOPED, OID_DATA = (_oid("06092a864886f70d01070" + n) for n in "231")
OID_COMPRESSED = _oid("060b2a864886f70d0109100109")
OID_ZLIB = _oid("060b2a864886f70d0109100308")


def cms_signed(data):
    """SignedData that carries its content, without signers (as "certs only" with a body)."""
    content = der(0x30, OID_DATA, der(0xA0, der(0x04, data)))
    body = der(0x30, der(0x02, b"\1"), der(0x31), content, der(0x31))
    return der(0x30, OID_SIGNED, der(0xA0, body))


def cms_enveloped(noise):
    """EnvelopedData for one recipient whose key nobody here has; AES-256."""
    issuer = der(0x30, der(0x30), der(0x02, b"\x2a"))
    rsa = der(0x30, _oid("06092a864886f70d010101"), der(0x05))
    recipient = der(0x30, der(0x02, b"\0"), issuer, rsa, der(0x04, noise[:256]))
    aes = der(0x30, _oid("060960864801650304012a"), der(0x04, noise[:16]))
    sealed = der(0x30, OID_DATA, aes, der(0x80, noise))
    body = der(0x30, der(0x02, b"\0"), der(0x31, recipient), sealed)
    return der(0x30, OID_ENVELOPED, der(0xA0, body))


def cms_compressed(packed):
    content = der(0x30, OID_DATA, der(0xA0, der(0x04, packed)))
    body = der(0x30, der(0x02, b"\0"), der(0x30, OID_ZLIB), content)
    return der(0x30, OID_COMPRESSED, der(0xA0, body))


def armor(kind, data):
    crc = 0xB704CE
    for byte in data:
        crc ^= byte << 16
        for _ in range(8):
            crc = crc << 1 ^ (0x1864CFB if crc & 0x800000 else 0)
            crc &= 0xFFFFFF
    return b"-----BEGIN PGP " + kind + b"-----\r\n\r\n" + b64(data) + b"=" + \
        base64.b64encode(crc.to_bytes(3, "big")) + b"\r\n-----END PGP " + kind + b"-----\r\n"


def pgp_encrypted(noise):
    """A public-key session packet and a protected-data packet of noise."""
    session = b"\x03" + bytes(range(8)) + b"\x01" + b"\x08\0" + noise[:256]
    sealed = b"\x01" + noise
    return b"\x85" + struct.pack(">H", len(session)) + session + \
        b"\xd2\xff" + struct.pack(">I", len(sealed)) + sealed


def pgp_literal(name, data):
    """As gpg --store writes it: no secret at all."""
    body = b"b" + bytes([len(name)]) + name.encode() + bytes(4) + data
    return b"\xcb" + bytes([len(body)]) + body
