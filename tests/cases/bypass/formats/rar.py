# SPDX-License-Identifier: GPL-2.0-or-later
"""RAR 4 and 5 with stored members, and their encrypted kinds (whose data is noise: no password fits)."""

import hashlib
import struct
import zlib

RAR4 = b"Rar!\x1a\x07\x00"
RAR5 = b"Rar!\x1a\x07\x01\x00"


def noise(count, seed=b"noise"):
    out = b""
    while len(out) < count:
        seed = hashlib.sha256(seed).digest()
        out += seed
    return out[:count]


def _block4(kind, flags, rest):
    head = struct.pack("<BHH", kind, flags, 7 + len(rest)) + rest
    return struct.pack("<H", zlib.crc32(head) & 0xFFFF) + head


def rar4(name, data, *, encrypted=False, encrypted_headers=False, volume=False):
    main = 0x0080 if encrypted_headers else 0
    main |= 0x0001 if volume else 0
    out = RAR4 + _block4(0x73, main, bytes(6))
    if encrypted_headers:
        return out + noise(8, b"salt") + noise(160)
    flags = 0x8000 | (0x0404 if encrypted else 0) | (0x0002 if volume else 0)
    name = name.encode()
    body = noise(-(-len(data) // 16) * 16) if encrypted else data[:len(data) // 2] if volume else data
    rest = struct.pack("<IIBIIBBHI", len(body), len(data), 0, zlib.crc32(data), 0x3921_6000, 29,
                       0x30, len(name), 0x20) + name + (noise(8, b"salt") if encrypted else b"")
    out += _block4(0x74, flags, rest) + body
    return out + _block4(0x7B, 0x4001 if volume else 0x4000, b"")


def rar4_of(files):
    """Several members, stored."""
    out = RAR4 + _block4(0x73, 0, bytes(6))
    for name, data in files:
        rest = struct.pack("<IIBIIBBHI", len(data), len(data), 0, zlib.crc32(data), 0x3921_6000, 29,
                           0x30, len(name), 0x20) + name.encode()
        out += _block4(0x74, 0x8000, rest) + data
    return out + _block4(0x7B, 0x4000, b"")


def vint(value):
    out = bytearray()
    while True:
        out.append((value & 127) | (128 if value > 127 else 0))
        value >>= 7
        if not value:
            return bytes(out)


def _block5(kind, flags, fields, extra=b"", data=b""):
    flags |= (1 if extra else 0) | (2 if data else 0)
    body = vint(kind) + vint(flags)
    body += (vint(len(extra)) if extra else b"") + (vint(len(data)) if data else b"")
    body += fields + extra
    body = vint(len(body)) + body
    return struct.pack("<I", zlib.crc32(body)) + body + data


def rar5(name, data, *, encrypted=False, encrypted_headers=False, volume=False):
    out = RAR5
    if encrypted_headers:
        return out + _block5(4, 0, vint(0) + vint(0) + b"\x0f" + noise(16, b"salt")) + noise(192)
    out += _block5(1, 0, vint(1 if volume else 0))
    extra = b""
    body = data[:len(data) // 2] if volume else data
    if encrypted:
        record = vint(1) + vint(0) + vint(0) + b"\x0f" + noise(16, b"salt") + noise(16, b"iv")
        extra = vint(len(record)) + record
        body = noise(-(-len(data) // 16) * 16)
    name = name.encode()
    fields = vint(4) + vint(len(data)) + vint(0x20) + struct.pack("<I", zlib.crc32(data))
    fields += vint(0) + vint(1) + vint(len(name)) + name
    out += _block5(2, 0x10 if volume else 0, fields, extra, body)
    return out + _block5(5, 0, vint(1 if volume else 0))
