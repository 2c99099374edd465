# SPDX-License-Identifier: GPL-2.0-or-later
"""7z: one directory of files under a chain of coders, the header plain, packed or encrypted."""

import bz2
import hashlib
import lzma
import struct
import zlib

from Cryptodome.Cipher import AES

from bypass.formats.zips import deflate

MAGIC = b"7z\xbc\xaf\x27\x1c"
DICT = 1 << 16


def number(value):
    """7z's variable-length integer."""
    first, mask, extra = 0, 0x80, b""
    for count in range(8):
        if value < 1 << (7 * (count + 1)):
            first |= value >> (8 * count)
            return bytes([first]) + value.to_bytes(8, "little")[:count]
        first |= mask
        mask >>= 1
    return bytes([first]) + extra + value.to_bytes(8, "little")


def _lzma1(data):
    filters = [{"id": lzma.FILTER_LZMA1, "lc": 3, "lp": 0, "pb": 2, "dict_size": DICT}]
    return lzma.compress(data, lzma.FORMAT_RAW, filters=filters)


def _lzma2(data):
    return lzma.compress(data, lzma.FORMAT_RAW,
                         filters=[{"id": lzma.FILTER_LZMA2, "dict_size": DICT}])


def _delta(data, distance=1):
    return bytes((b - (data[i - distance] if i >= distance else 0)) & 255 for i, b in enumerate(data))


def _unchanged(data):
    """What a filter for programs makes of text."""
    return data


def _aes(data):
    password = "infected".encode("utf-16-le")
    salted = hashlib.sha256()
    for i in range(1 << 10):
        salted.update(password + struct.pack("<Q", i))
    data += bytes(-len(data) % 16)
    return AES.new(salted.digest(), AES.MODE_CBC, bytes(16)).encrypt(data)


# name: (coder id, properties, packer)
CODERS = {
    "copy": (b"\x00", b"", bytes),
    "lzma": (b"\x03\x01\x01", struct.pack("<BI", 0x5D, DICT), _lzma1),
    "lzma2": (b"\x21", b"\x08", _lzma2),
    "bzip2": (b"\x04\x02\x02", b"", bz2.compress),
    "deflate": (b"\x04\x01\x08", b"", deflate),
    "delta": (b"\x03", b"\x00", _delta),
    "delta4": (b"\x03", b"\x03", lambda data: _delta(data, 4)),
    "arm64": (b"\x0a", b"", _unchanged),
    "aes": (b"\x06\xf1\x07\x01", b"\x0a", _aes),  # 2^10 rounds, no salt, no IV
}


def _coder(name):
    ident, properties, _ = CODERS[name]
    out = bytes([len(ident) | (0x20 if properties else 0)]) + ident
    return out + (number(len(properties)) + properties if properties else b"")


def _streams(position, packed, coders, sizes, crcs, header=False):
    """PackInfo, UnPackInfo, SubStreamsInfo of one directory. `sizes`: what each coder unpacks to,
    in the order they are written; crcs: (size, CRC) of each file."""
    out = b"\x06" + number(position) + number(1) + b"\x09" + number(len(packed)) + b"\x00"
    out += b"\x07\x0b" + number(1) + b"\x00" + number(len(coders))
    out += b"".join(_coder(c) for c in coders)
    for i in range(len(coders) - 1):  # coder i reads what coder i+1 gives
        out += number(i) + number(i + 1)
    out += b"\x0c" + b"".join(number(s) for s in sizes)
    sums = b"\x0a\x01" + b"".join(struct.pack("<I", crc) for _, crc in crcs) + b"\x00"
    if header:
        return out + sums
    out += b"\x00\x08"
    if len(crcs) > 1:
        out += b"\x0d" + number(len(crcs))
        out += b"\x09" + b"".join(number(size) for size, _ in crcs[:-1])
    return out + sums


def _pack(data, coders):
    """Runs the chain: coders[0] is nearest to the data. Returns packed bytes and sizes."""
    sizes = []
    for name in coders:
        sizes.append(len(data))
        data = CODERS[name][2](data)
    return data, sizes


def write(files, coders=("lzma",), header_coders=None):
    """files: (name, data). coders: nearest to the data first."""
    whole = b"".join(data for _, data in files)
    body, sizes = _pack(whole, coders)
    header = b"\x01\x04" + _streams(0, body, coders, sizes,
                                    [(len(d), zlib.crc32(d)) for _, d in files]) + b"\x00"
    names = b"\x00" + b"".join(n.encode("utf-16-le") + b"\0\0" for n, _ in files)
    header += b"\x05" + number(len(files)) + b"\x11" + number(len(names)) + names + b"\x00\x00"
    if header_coders:
        sealed, sizes = _pack(header, header_coders)
        plain = header
        header = b"\x17" + _streams(len(body), sealed, header_coders, sizes,
                                    [(len(plain), zlib.crc32(plain))], True) + b"\x00"
        body += sealed
    start = struct.pack("<QQI", len(body), len(header), zlib.crc32(header))
    return MAGIC + b"\0\4" + struct.pack("<I", zlib.crc32(start)) + start + body + header
