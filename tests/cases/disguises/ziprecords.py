# SPDX-License-Identifier: GPL-2.0-or-later
"""ZIP as loose records, each field of which is set by hand: for archives that readers disagree on."""

import struct
import zlib
from dataclasses import dataclass, field

from bypass.formats.zips import DOS_DATE, DOS_TIME, deflate

FF16, FF32 = 0xFFFF, 0xFFFFFFFF


@dataclass
class Local:
    name: bytes
    data: bytes  # as packed
    method: int = 0
    flags: int = 0
    crc: int = 0
    packed: int = 0
    size: int = 0
    extra: bytes = b""
    version: int = 20
    descriptor: bytes = b""

    def __bytes__(self):
        return struct.pack("<4sHHHHHIIIHH", b"PK\3\4", self.version, self.flags, self.method, DOS_TIME, DOS_DATE, self.crc,
                           self.packed, self.size, len(self.name), len(self.extra)) + self.name + self.extra + \
            self.data + self.descriptor


@dataclass
class Central:
    name: bytes
    offset: int = 0
    method: int = 0
    flags: int = 0
    crc: int = 0
    packed: int = 0
    size: int = 0
    extra: bytes = b""
    comment: bytes = b""
    made: int = 20
    version: int = 20
    attributes: int = 0
    disk: int = 0

    def __bytes__(self):
        return struct.pack("<4sHHHHHHIIIHHHHHII", b"PK\1\2", self.made, self.version, self.flags, self.method, DOS_TIME,
                           DOS_DATE, self.crc, self.packed, self.size, len(self.name), len(self.extra), len(self.comment),
                           self.disk, 0, self.attributes, self.offset) + self.name + self.extra + self.comment


@dataclass
class End:
    count: int = 0
    size: int = 0
    offset: int = 0
    total: int = None
    disk: int = 0
    comment: bytes = b""
    comment_size: int = None

    def __bytes__(self):
        total = self.count if self.total is None else self.total
        length = len(self.comment) if self.comment_size is None else self.comment_size
        return struct.pack("<4sHHHHIIH", b"PK\5\6", self.disk, self.disk, self.count, total, self.size, self.offset,
                           length) + self.comment


ALL_FF = End(FF16, FF32, FF32, FF16, FF16)


def end64(count, size, offset, extensible=b"", total=None):
    return struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44 + len(extensible), 20, 20, 0, 0, count,
                       count if total is None else total, size, offset) + extensible


def locator64(at):
    return struct.pack("<4sIQI", b"PK\6\7", 0, at, 1)


def member(name, data, method=0, **fields):
    """The two headers of an honest member."""
    packed = deflate(data) if method == 8 else data
    facts = {"method": method, "crc": zlib.crc32(data), "packed": len(packed), "size": len(data)}
    return Local(name, packed, **{**facts, **fields}), Central(name, **{**facts, **fields})


@dataclass
class Archive:
    """Members one behind the other, the directory, the end."""
    pairs: list = field(default_factory=list)
    start: int = 0

    def add(self, name, data, method=0, **fields):
        self.pairs.append(member(name, data, method, **fields))
        return self

    @property
    def files(self):
        return b"".join(bytes(local) for local, _ in self.pairs)

    def place(self, start=None):
        """Sets the offsets. Returns self."""
        at = self.start = self.start if start is None else start
        for local, central in self.pairs:
            central.offset = at
            at += len(bytes(local))
        return self

    @property
    def directory(self):
        return b"".join(bytes(central) for _, central in self.pairs)

    def end(self, **more):
        facts = {"count": len(self.pairs), "size": len(self.directory), "offset": self.start + len(self.files)}
        return End(**{**facts, **more})

    def __bytes__(self):
        self.place()
        return self.files + self.directory + bytes(self.end())


def crc_patch(data, wanted=0):
    """Four bytes that make the CRC of data and them the wanted one."""
    table = []
    for i in range(256):
        c = i
        for _ in range(8):
            c = (c >> 1) ^ (0xEDB88320 if c & 1 else 0)
        table.append(c)
    high = {t >> 24: i for i, t in enumerate(table)}
    state, indexes = wanted ^ 0xFFFFFFFF, []
    for _ in range(4):
        index = high[state >> 24]
        indexes.append(index)
        state = ((state ^ table[index]) << 8) & 0xFFFFFFFF
    crc, out = zlib.crc32(data) ^ 0xFFFFFFFF, b""
    for index in reversed(indexes):
        byte = (crc ^ index) & 0xFF
        out += bytes([byte])
        crc = (crc >> 8) ^ table[index]
    return out
