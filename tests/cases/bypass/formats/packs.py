# SPDX-License-Identifier: GPL-2.0-or-later
"""Single-file compressors and encoders that Python does not bring: lzip, compress, lz4, and the
old mail encodings."""

import base64
import lzma
import struct
import zlib

import brotli
import zstandard


def lzip(data):
    filters = [{"id": lzma.FILTER_LZMA1, "lc": 3, "lp": 0, "pb": 2, "dict_size": 1 << 16}]
    # An LZMA stream with its end mark, behind lzip's own six bytes, before its own twenty.
    alone = lzma.compress(data, lzma.FORMAT_ALONE, filters=filters)
    body = b"LZIP\x01\x10" + alone[13:]
    return body + struct.pack("<IQQ", zlib.crc32(data), len(data), len(body) + 20)


def compress(data):
    """compress(1), .Z: LZW from 9 bits, for less than 200 bytes: literals and the first codes."""
    table = {bytes([i]): i for i in range(256)}
    codes, word, following = [], b"", 257
    for byte in data:
        longer = word + bytes([byte])
        if longer in table:
            word = longer
            continue
        codes.append(table[word])
        table[longer] = following
        following += 1
        word = bytes([byte])
    codes.append(table[word])
    if following > 511:
        raise ValueError("too long for nine bits")
    bits = sum(code << (9 * i) for i, code in enumerate(codes))
    return b"\x1f\x9d\x90" + bits.to_bytes((9 * len(codes) + 7) // 8, "little")


def xxh32(data, seed=0):
    p1, p2, p3, p4, p5 = 2654435761, 2246822519, 3266489917, 668265263, 374761393
    mask, n, at = 0xFFFFFFFF, len(data), 0

    def rotate(x, r):
        return ((x << r) | (x >> (32 - r))) & mask

    if n >= 16:
        v = [(seed + p1 + p2) & mask, (seed + p2) & mask, seed, (seed - p1) & mask]
        while at + 16 <= n:
            for i, lane in enumerate(struct.unpack_from("<4I", data, at)):
                v[i] = rotate((v[i] + lane * p2) & mask, 13) * p1 & mask
            at += 16
        h = sum(rotate(x, r) for x, r in zip(v, (1, 7, 12, 18))) & mask
    else:
        h = (seed + p5) & mask
    h = (h + n) & mask
    while at + 4 <= n:
        h = rotate((h + struct.unpack_from("<I", data, at)[0] * p3) & mask, 17) * p4 & mask
        at += 4
    for byte in data[at:]:
        h = rotate((h + byte * p5) & mask, 11) * p1 & mask
    h = (h ^ h >> 15) * p2 & mask
    h = (h ^ h >> 13) * p3 & mask
    return h ^ h >> 16


def lz4(data):
    """One frame with one uncompressed block."""
    descriptor = b"\x60\x40"
    check = bytes([xxh32(descriptor) >> 8 & 255])
    return b"\x04\x22\x4d\x18" + descriptor + check + struct.pack("<I", len(data) | 1 << 31) + \
        data + bytes(4)


def lz4_legacy(data):
    """A legacy frame: one LZ4 block of literals only."""
    count = len(data)
    token = bytes([min(count, 15) << 4])
    if count >= 15:
        rest = count - 15
        token += b"\xff" * (rest // 255) + bytes([rest % 255])
    return b"\x02\x21\x4c\x18" + struct.pack("<I", len(token) + count) + token + data


def gz(data, *, flags=0, name=None, comment=None, extra=None, hcrc=False, crc=None, size=None):
    """A gzip member, each header field at will."""
    flags |= (8 if name else 0) | (16 if comment else 0) | (4 if extra else 0) | (2 if hcrc else 0)
    head = b"\x1f\x8b\x08" + bytes([flags]) + bytes(4) + b"\x02\x03"
    if extra:
        head += struct.pack("<H", len(extra)) + extra
    for text in (name, comment):
        head += text + b"\0" if text else b""
    if hcrc:
        head += struct.pack("<H", zlib.crc32(head) & 0xFFFF)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packer.compress(data) + packer.flush()
    return head + body + struct.pack("<II", zlib.crc32(data) if crc is None else crc,
                                     len(data) if size is None else size)


def raw_deflate(data):
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def zstd(data, **more):
    return zstandard.ZstdCompressor(level=3, **more).compress(data)


def zstd_skippable(data=b"ignore me"):
    return struct.pack("<II", 0x184D2A50, len(data)) + data


def br(data, flush_only=False):
    packer = brotli.Compressor(quality=5)
    return packer.process(data) + (packer.flush() if flush_only else packer.finish())


def br_stored(data):
    """Brotli with one uncompressed meta-block."""
    bits = 0b0 | 0b0 << 1 | 0b00 << 2 | (len(data) - 1) << 4 | 1 << 20  # window 16, not last
    return bits.to_bytes(3, "little") + data + b"\x03"


def snappy_framed(data):
    def crc32c(value):
        crc = 0xFFFFFFFF
        for byte in value:
            crc ^= byte
            for _ in range(8):
                crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
        return crc ^ 0xFFFFFFFF
    check = crc32c(data)
    masked = ((check >> 15 | check << 17) + 0xA282EAD8) & 0xFFFFFFFF
    chunk = struct.pack("<I", masked) + data
    return b"\xff\x06\0\0sNaPpY" + b"\x01" + len(chunk).to_bytes(3, "little") + chunk


def lzop(data, name):
    """lzop's frame around a block that is stored, because it did not shrink."""
    head = struct.pack(">HHHBBIIIIB", 0x1030, 0x20A0, 0x0940, 1, 5, 0x03000001, 0o100644,
                       1220270400, 0, len(name)) + name.encode()
    head += struct.pack(">I", zlib.adler32(head))
    block = struct.pack(">III", len(data), len(data), zlib.adler32(data)) + data
    return b"\x89LZO\0\r\n\x1a\n" + head + block + bytes(4)


def uu(data, name, mode=b"644"):
    out = b"begin " + mode + b" " + name.encode() + b"\n"
    for i in range(0, len(data), 45):
        line = data[i:i + 45]
        out += bytes([32 + len(line) if line else 96])
        line += bytes(-len(line) % 3)
        for j in range(0, len(line), 3):
            bits = int.from_bytes(line[j:j + 3], "big")
            out += bytes((bits >> s & 63) + 32 or 96 for s in (18, 12, 6, 0)).replace(b" ", b"`")
        out += b"\n"
    return out + b"`\nend\n"


def uu_base64(data, name):
    return b"begin-base64 644 " + name.encode() + b"\n" + base64.encodebytes(data) + b"====\n"


def yenc(data, name, line=128):
    body = bytearray()
    column = 0
    for byte in data:
        code = (byte + 42) & 255
        if code in (0, 9, 10, 13, 46, 61):
            body += bytes([61, (code + 64) & 255])
            column += 2
        else:
            body.append(code)
            column += 1
        if column >= line:
            body += b"\r\n"
            column = 0
    head = f"=ybegin line={line} size={len(data)} name={name}\r\n".encode()
    tail = f"\r\n=yend size={len(data)} crc32={zlib.crc32(data):08x}\r\n".encode()
    return head + bytes(body) + tail


BINHEX = b"!\"#$%&'()*+,-012345689@ABCDEFGHIJKLMNPQRSTUVXYZ[`abcdefhijklmpqr"


def binhex(data, name):
    def crc(value):
        c = 0
        for byte in value + b"\0\0":
            for bit in range(8):
                high = c & 0x8000
                c = (c << 1 | (byte >> (7 - bit) & 1)) & 0xFFFF
                if high:
                    c ^= 0x1021
        return struct.pack(">H", c)
    head = bytes([len(name)]) + name.encode() + b"\0TEXTttxt" + struct.pack(">HII", 0, len(data), 0)
    raw = head + crc(head) + data + crc(data) + crc(b"")
    raw = raw.replace(b"\x90", b"\x90\0")
    bits = int.from_bytes(raw + bytes(-len(raw) % 3), "big")
    count = (len(raw) + 2) // 3 * 4
    text = bytes(BINHEX[bits >> 6 * (count - 1 - i) & 63] for i in range(count))
    text = text[:(len(raw) * 8 + 5) // 6]
    lines = b":" + text + b":"
    return b"(This file must be converted with BinHex 4.0)\r\n\r\n" + \
        b"\r\n".join(lines[i:i + 64] for i in range(0, len(lines), 64)) + b"\r\n"
