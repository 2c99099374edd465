# SPDX-License-Identifier: GPL-2.0-or-later
"""tar, cpio, ar, deb, rpm, and the boxes of DOS and Windows: cab, lha, arj; xar."""

import gzip
import hashlib
import struct
import zlib

from bypass.formats.zips import DOS_DATE, DOS_TIME, deflate

EPOCH = 1220270400  # 2008-09-01


def tar_header(name, size, *, kind=b"0", magic=b"ustar\x0000", prefix=b"", base256=False,
               checksum=None, link=b""):
    sizes = b"\x80" + size.to_bytes(11, "big") if base256 else b"%011o\0" % size
    head = name.ljust(100, b"\0") + b"0000644\0" b"0000000\0" b"0000000\0" + sizes
    head += b"%011o\0" % EPOCH + b" " * 8 + kind + link.ljust(100, b"\0") + magic
    head = head.ljust(345, b"\0") + prefix.ljust(155, b"\0")
    head = head.ljust(512, b"\0")
    total = sum(head) if checksum is None else checksum
    return head[:148] + b"%06o\0 " % total + head[156:]


def padded(data, size=512):
    return data + bytes(-len(data) % size)


def tar(files, end=True, **header):
    out = b"".join(tar_header(n.encode(), len(d), **header) + padded(d) for n, d in files)
    return out + (bytes(1024) if end else b"")


def tar_of(file, **header):
    return tar([(file.name, file.data)], **header)


def pax(key, value):
    """An extended header for the next file."""
    size = len(key) + len(value) + 3
    while len(b"%d" % size) + len(key) + len(value) + 3 != size:
        size += 1
    record = b"%d %s=%s\n" % (size, key, value)
    return tar_header(b"PaxHeaders/x", len(record), kind=b"x") + padded(record)


def cpio_newc(files, crc=False):
    out = b""
    for i, (name, data) in enumerate([*files, ("TRAILER!!!", b"")], 1):
        name = name.encode() + b"\0"
        fields = (i, 0o100644, 0, 0, 1, EPOCH, len(data), 0, 0, 0, 0, len(name),
                  sum(data) if crc else 0)
        head = (b"070702" if crc else b"070701") + b"".join(b"%08X" % f for f in fields) + name
        out += padded(head, 4) + padded(data, 4)
    return padded(out)


def cpio_odc(files):
    out = b""
    for i, (name, data) in enumerate([*files, ("TRAILER!!!", b"")], 1):
        name = name.encode() + b"\0"
        fields = ((0, 6), (i, 6), (0o100644, 6), (0, 6), (0, 6), (1, 6), (0, 6), (EPOCH, 11),
                  (len(name), 6), (len(data), 11))
        out += b"070707" + b"".join(b"%0*o" % (w, v) for v, w in fields) + name + data
    return padded(out)


def cpio_binary(files, order="<"):
    out = b""
    for i, (name, data) in enumerate([*files, ("TRAILER!!!", b"")], 1):
        name = name.encode() + b"\0"
        out += struct.pack(order + "13H", 0o070707, 0, i, 0o100644, 0, 0, 1, 0, EPOCH >> 16,
                           EPOCH & 0xFFFF, len(name), len(data) >> 16, len(data) & 0xFFFF)
        out += padded(name, 2) + padded(data, 2)
    return padded(out)


def ar(files, bsd=False):
    out = b"!<arch>\n"
    for name, data in files:
        field = name.encode() + b"/"
        if bsd:
            field = b"#1/%d" % len(name)
            data = name.encode() + data
        out += b"%-16s%-12d%-6d%-6d%-8s%-10d`\n" % (field, EPOCH, 0, 0, b"100644", len(data))
        out += data + (b"\n" if len(data) % 2 else b"")
    return out


def deb(data_name, data_tar):
    control = gzip.compress(tar([("./control", b"Package: x\nVersion: 1\nArchitecture: all\n"
                                  b"Maintainer: x <x@example.test>\nDescription: x\n")]), mtime=0)
    return ar([("debian-binary", b"2.0\n"), ("control.tar.gz", control), (data_name, data_tar)])


def rpm(payload, name=b"x"):
    """Lead, an empty signature header, a header with the few tags that readers want, payload."""
    lead = struct.pack(">4sBBHH66sHH16x", b"\xed\xab\xee\xdb", 3, 0, 0, 1, name, 1, 5)

    def header(tags):
        index, store = b"", b""
        for tag, text in tags:
            index += struct.pack(">IIII", tag, 6, len(store), 1)
            store += text + b"\0"
        return b"\x8e\xad\xe8\x01\0\0\0\0" + struct.pack(">II", len(tags), len(store)) + \
            index + store

    signature = header([])
    tags = [(1000, name), (1001, b"1"), (1002, b"1"), (1022, b"noarch"), (1124, b"cpio"),
            (1125, b"gzip"), (1126, b"9")]
    return lead + signature + header(tags) + payload


def cab(name, data, method=0):
    """method: 0 stored, 1 MSZIP."""
    block = b"CK" + deflate(data) if method == 1 else data
    folder = struct.pack("<IHH", 36 + 8 + 16 + len(name) + 1, 1, method)
    entry = struct.pack("<IIHHHH", len(data), 0, 0, DOS_DATE, DOS_TIME, 0x20) + name.encode() + b"\0"
    rest = struct.pack("<HH", len(block), len(data)) + block
    total = 36 + len(folder) + len(entry) + 4 + len(rest)
    head = struct.pack("<4sIIIIIBBHHHHH", b"MSCF", 0, total, 0, 36 + len(folder), 0, 3, 1, 1, 1,
                       0, 0x1234, 0)
    return head + folder + entry + struct.pack("<I", _cab_sum(block, len(data))) + rest


def _cab_sum(block, size):
    def fold(data, seed):
        for i in range(0, len(data) - len(data) % 4, 4):
            seed ^= int.from_bytes(data[i:i + 4], "little")
        tail = data[len(data) - len(data) % 4:]
        return seed ^ int.from_bytes(tail, "big")
    return fold(struct.pack("<HH", len(block), size), fold(block, 0))


def crc16(data):
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc >> 1) ^ (0xA001 if crc & 1 else 0)
    return crc


def lha(name, data, method=b"-lh0-", level=0, packed=None):
    name = name.encode()
    packed = data if packed is None else packed
    stamp = struct.pack("<HH", DOS_TIME, DOS_DATE)
    if level == 2:
        return _lha2(name, data, method, packed)
    body = method + struct.pack("<II", len(packed), len(data)) + stamp + b"\x20" + bytes([level])
    body += bytes([len(name)]) + name + struct.pack("<H", crc16(data))
    if level == 1:
        body += b"M" + struct.pack("<H", 0)
    return bytes([len(body), sum(body) & 255]) + body + packed + b"\0"


def _lha2(name, data, method, packed):
    """Level 2: the name and the header's own CRC are in extended headers."""
    named = struct.pack("<HB", 3 + len(name), 1) + name + struct.pack("<H", 0)
    size = 24 + 5 + len(named)
    head = struct.pack("<H", size) + method + struct.pack("<III", len(packed), len(data), EPOCH)
    head += b"\x20\x02" + struct.pack("<HB", crc16(data), 0x4D)
    blank = head + struct.pack("<HBH", 5, 0, 0) + named
    return head + struct.pack("<HBH", 5, 0, crc16(blank)) + named + packed + b"\0"


def _arj_block(body):
    return b"\x60\xea" + struct.pack("<H", len(body)) + body + \
        struct.pack("<I", zlib.crc32(body)) + b"\0\0"


def _arj_entry(name, data, flags, method, packed):
    entry = struct.pack("<BBBBBBBBIIIIHHH", 30, 11, 1, 0, flags, method, 0, 0,
                        DOS_DATE << 16 | DOS_TIME, len(packed), len(data), zlib.crc32(data), 0,
                        0x20, 0) + name.encode() + b"\0\0"
    return _arj_block(entry) + packed


def arj(name, data, garbled=False, volume=False, method=0, first=None):
    """first: (name, bytes) of a stored member before it."""
    stamp = DOS_DATE << 16 | DOS_TIME
    flags = 1 if garbled else 4 if volume else 0
    main = struct.pack("<BBBBBBBBIIIIHHH", 30, 11, 1, 0, flags & ~1 if first else flags, 0, 2, 0,
                       stamp, stamp, 0, 0, 0, 0, 0) + b"x.arj\0\0"
    body = bytes(b ^ 0x5A for b in data) if garbled else data[:len(data) // 2] if volume else data
    out = _arj_block(main)
    if first:
        out += _arj_entry(first[0], first[1], 0, 0, first[1])
    return out + _arj_entry(name, data, flags, method, body) + b"\x60\xea\0\0"


def xar(name, data, packed=False):
    body = zlib.compress(data, 9) if packed else data
    style = "application/x-gzip" if packed else "application/octet-stream"
    sums = [hashlib.sha1(d).hexdigest() for d in (body, data)]
    toc = f"""<?xml version="1.0" encoding="UTF-8"?>
<xar><toc><checksum style="sha1"><size>20</size><offset>0</offset></checksum>
<file id="1"><data><archived-checksum style="sha1">{sums[0]}</archived-checksum>
<extracted-checksum style="sha1">{sums[1]}</extracted-checksum>
<encoding style="{style}"/><size>{len(data)}</size><offset>20</offset>
<length>{len(body)}</length></data><type>file</type><name>{name}</name></file>
</toc></xar>""".encode()
    sealed = zlib.compress(toc, 9)
    head = struct.pack(">4sHHQQI", b"xar!", 28, 1, len(sealed), len(toc), 1)
    return head + sealed + hashlib.sha1(sealed).digest() + body


def egg(name, data, method=0, encrypted=False):
    """EGG of one member; a method other than 0 stands for what nobody can undo here."""
    def extra(mark, body):
        return struct.pack("<IBH", mark, 0, len(body)) + body
    end = struct.pack("<I", 0x08E28222)
    out = struct.pack("<IHII", 0x41474745, 0x100, 0x1234, 0) + end
    out += struct.pack("<IIQ", 0x0A8590E3, 0, len(data)) + extra(0x0A8591AC, name.encode())
    out += (extra(0x08D1470F, bytes(17)) if encrypted else b"") + end
    out += struct.pack("<IBBIII", 0x02B50C13, method, 0, len(data), len(data), zlib.crc32(data)) + end
    return out + data + end


def alz(name, data, method=0, encrypted=False):
    out = b"ALZ\1\n\0\0\0BLZ\1" + struct.pack("<HBIBB", len(name), 0x20, 0, 0x41 if encrypted else 0x40, 0)
    out += struct.pack("<BBIII", method, 0, zlib.crc32(data), len(data), len(data)) + name.encode()
    return out + (bytes(12) if encrypted else b"") + data + b"CLZ\1" + bytes(8) + b"CLZ\2"
