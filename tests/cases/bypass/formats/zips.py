# SPDX-License-Identifier: GPL-2.0-or-later
"""ZIP, written field by field, so that every field can lie."""

import bz2
import lzma
import struct
import zlib

from Cryptodome.Cipher import AES
from Cryptodome.Hash import HMAC, SHA1
from Cryptodome.Protocol.KDF import PBKDF2
from Cryptodome.Util import Counter
import zstandard

STORED, DEFLATE, DEFLATE64, BZIP2, LZMA, ZSTD, XZ, PPMD = 0, 8, 9, 12, 14, 93, 95, 98
DOS_TIME, DOS_DATE = 0x6000, 0x3921  # 2008-09-01 12:00
PASSWORD = b"infected"


def deflate(data, level=9):
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def _lzma(data):
    filters = [{"id": lzma.FILTER_LZMA1, "lc": 3, "lp": 0, "pb": 2, "dict_size": 1 << 16}]
    properties = struct.pack("<BI", 3 + 9 * (0 + 5 * 2), 1 << 16)
    packed = lzma.compress(data, lzma.FORMAT_RAW, filters=filters)
    return struct.pack("<HH", 0x0409, len(properties)) + properties + packed


PACKERS = {
    STORED: bytes,
    DEFLATE: deflate,
    DEFLATE64: deflate,  # without long distances the two are the same
    BZIP2: bz2.compress,
    LZMA: _lzma,
    XZ: lzma.compress,
    ZSTD: lambda data: zstandard.ZstdCompressor(level=3).compress(data),
}


class Entry:
    """One member. Anything given in `local` or `central` replaces that header's field:
    name, method, flags, crc, packed_size, size, extra, offset, version."""

    def __init__(self, name, data, method=STORED, *, flags=0, packed=None, local=None,
                 central=None, descriptor=False, extra=b"", attributes=0):
        self.name = name if isinstance(name, bytes) else name.encode("utf-8")
        if not isinstance(name, bytes) and not name.isascii():
            flags |= 0x800
        self.flags, self.method, self.extra = flags | (8 if descriptor else 0), method, extra
        self.attributes = attributes
        self.packed = PACKERS[method](data) if packed is None else packed
        self.crc, self.size = zlib.crc32(data), len(data)
        self.local, self.central, self.descriptor = local or {}, central or {}, descriptor

    def _fields(self, lies, offset=0):
        fields = {"name": self.name, "method": self.method, "flags": self.flags, "crc": self.crc,
                  "packed_size": len(self.packed), "size": self.size, "extra": self.extra,
                  "version": 20, "offset": offset}
        fields.update(lies)
        return fields

    def local_bytes(self):
        lies = dict(self.local)
        if self.descriptor:
            lies = {"crc": 0, "packed_size": 0, "size": 0, **lies}
        f = self._fields(lies)
        out = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", f["version"], f["flags"], f["method"],
                          DOS_TIME, DOS_DATE, f["crc"], f["packed_size"], f["size"],
                          len(f["name"]), len(f["extra"])) + f["name"] + f["extra"] + self.packed
        if self.descriptor:
            out += struct.pack("<4sIII", b"PK\7\10", self.crc, len(self.packed), self.size)
        return out

    def central_bytes(self, offset):
        f = self._fields(self.central, offset)
        return struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", 20, f["version"], f["flags"],
                           f["method"], DOS_TIME, DOS_DATE, f["crc"], f["packed_size"], f["size"],
                           len(f["name"]), len(f["extra"]), 0, 0, 0, self.attributes,
                           f["offset"]) + f["name"] + f["extra"]


def end_record(count, size, offset, comment=b"", disk=0):
    return struct.pack("<4sHHHHIIH", b"PK\5\6", disk, disk, count, count, size, offset,
                       len(comment)) + comment


def write(entries, *, prefix=b"", central=True, comment=b"", shift=True, gap=b"", end=None):
    """shift: offsets count from the prefix's beginning (as unzip likes it) or ignore it."""
    out, offsets = bytearray(prefix), []
    base = 0 if shift else len(prefix)
    for entry in entries:
        offsets.append(len(out) - base)
        out += entry.local_bytes()
    if not central:
        return bytes(out)
    out += gap
    directory = b"".join(e.central_bytes(o) for e, o in zip(entries, offsets))
    start = len(out) - base
    out += directory
    out += end_record(len(entries), len(directory), start, comment) if end is None else end
    return bytes(out)


def zip_of(file, method=STORED, **more):
    return write([Entry(file.name, file.data, method)], **more)


def zipcrypto(name, data, password=PASSWORD):
    """PKWARE's traditional encryption."""
    table = []
    for i in range(256):
        c = i
        for _ in range(8):
            c = (c >> 1) ^ (0xEDB88320 if c & 1 else 0)
        table.append(c)
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte):
        keys[0] = (keys[0] >> 8) ^ table[(keys[0] ^ byte) & 255]
        keys[1] = ((keys[1] + (keys[0] & 255)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = (keys[2] >> 8) ^ table[(keys[2] ^ (keys[1] >> 24)) & 255]

    for byte in password:
        update(byte)
    out = bytearray()
    for byte in bytes(range(11)) + bytes([zlib.crc32(data) >> 24]) + data:
        key = (keys[2] | 2) & 0xFFFF
        out.append(byte ^ ((key * (key ^ 1)) >> 8 & 255))
        update(byte)
    return Entry(name, data, STORED, flags=1, packed=bytes(out))


def winzip_aes(name, data, password=PASSWORD):
    """AE-1, AES-256, over stored data."""
    salt = bytes(range(16))
    keys = PBKDF2(password, salt, 66, 1000, hmac_hash_module=SHA1)
    counter = Counter.new(128, initial_value=1, little_endian=True)
    sealed = AES.new(keys[:32], AES.MODE_CTR, counter=counter).encrypt(data)
    mac = HMAC.new(keys[32:64], sealed, SHA1).digest()[:10]
    extra = struct.pack("<HHH2sBH", 0x9901, 7, 1, b"AE", 3, STORED)
    lies = {"method": 99, "version": 51}
    return Entry(name, data, STORED, flags=1, extra=extra, local=lies, central=lies,
                 packed=salt + keys[64:66] + sealed + mac)
