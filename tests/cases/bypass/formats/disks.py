# SPDX-License-Identifier: GPL-2.0-or-later
"""Disk images: ISO 9660, UDF, FAT, and the boxes around them: MBR, VHD, DMG, QCOW2; squashfs."""

import base64
import lzma
import struct
import zlib

from bypass.formats.tapes import padded

SECTOR = 2048


def both16(n):
    return struct.pack("<H", n) + struct.pack(">H", n)


def both32(n):
    return struct.pack("<I", n) + struct.pack(">I", n)


def _iso_record(name, sector, size, flags=0):
    out = both32(sector) + both32(size) + bytes([108, 9, 1, 12, 0, 0, 0, flags, 0, 0]) + both16(1)
    out += bytes([len(name)]) + name + (b"\0" if len(name) % 2 == 0 else b"")
    return bytes([len(out) + 2, 0]) + out


def _iso_descriptor(kind, root, joliet=False):
    out = bytearray(SECTOR)
    out[0:7] = bytes([kind]) + b"CD001\x01"
    wide = (lambda t: t.encode("utf-16-be")) if joliet else (lambda t: t.encode())
    blank = wide(" " * 16)
    out[8:40], out[40:72] = (blank * 2)[:32], (wide("DISC") + blank * 2)[:32]
    out[80:88] = both32(40)
    out[120:132] = both16(1) + both16(1) + both16(SECTOR)
    if joliet:
        out[88:91] = b"%/E"
    out[132:140] = both32(10)
    out[140:144], out[148:152] = struct.pack("<I", 19), struct.pack(">I", 20)
    out[156:190] = _iso_record(b"\0", root, SECTOR, 2)
    out[190:813] = b" " * 623
    out[881] = 1
    return bytes(out)


def iso(name, data, joliet=False):
    """Sectors: 16 descriptors, 19/20 path tables, 21 root, 22 Joliet root, 24 the file."""
    short = b"EICAR.COM;1"
    image = bytearray(SECTOR * 40)

    def put(sector, content):
        image[sector * SECTOR:sector * SECTOR + len(content)] = content

    def directory(sector, entry):
        return _iso_record(b"\0", sector, SECTOR, 2) + _iso_record(b"\1", sector, SECTOR, 2) + \
            _iso_record(entry, 24, len(data))

    end = b"\xffCD001\x01"
    put(16, _iso_descriptor(1, 21))
    put(17, _iso_descriptor(2, 22, True) if joliet else end)
    put(18, end)
    put(19, struct.pack("<BBIH", 1, 0, 21, 1) + b"\0\0")
    put(20, struct.pack(">BBIH", 1, 0, 21, 1) + b"\0\0")
    # With Joliet the plain tree is empty: only what reads the second tree sees the file.
    put(21, directory(21, short) if not joliet else directory(21, short)[:68])
    put(22, directory(22, name.encode("utf-16-be")) if joliet else b"")
    put(24, data)
    return bytes(image)


def _crc_itu(data):
    crc = 0
    for byte in data:
        crc ^= byte << 8
        for _ in range(8):
            crc = (crc << 1 ^ (0x1021 if crc & 0x8000 else 0)) & 0xFFFF
    return crc


def _tag(ident, location, body):
    head = bytearray(struct.pack("<HHBBHHHI", ident, 2, 0, 0, 1, _crc_itu(body), len(body),
                                 location))
    head[4] = sum(head) & 255
    return bytes(head) + body


CS0 = b"\0OSTA Compressed Unicode".ljust(64, b"\0")
STAMP = struct.pack("<HHBBBBBBBB", 0x1000, 2008, 9, 1, 12, 0, 0, 0, 0, 0)


def _dstring(text, size):
    return (b"\x08" + text)[:size - 1].ljust(size - 1, b"\0") + bytes([len(text) + 1])


def _long_ad(length, block):
    return struct.pack("<IIH6x", length, block, 0)


def _udf_entry(location, kind, size, block):
    """A file entry with one short allocation descriptor."""
    icb = struct.pack("<IHHHBBIHH", 0, 4, 0, 1, 0, kind, 0, 0, 0)
    body = icb + struct.pack("<IIIHBBIQQ", 0, 0, 0x14A5, 1, 0, 0, 0, size, 1) + STAMP * 3
    body += struct.pack("<I", 1) + bytes(16) + (b"\0*example".ljust(32, b"\0")) + \
        struct.pack("<QII", 16, 0, 8) + struct.pack("<II", size, block)
    return _tag(261, location, body)


def udf(name, data, standards=16):
    """A plain UDF 1.02 image: partition from sector 272; 0 file set, 2 root, 3 its names,
    4 the file's entry, 5 the file. standards: the sector where it says that it is UDF."""
    start, image = 272, bytearray(SECTOR * 300)

    def put(sector, content):
        image[sector * SECTOR:sector * SECTOR + len(content)] = content

    for i, mark in enumerate((b"BEA01", b"NSR02", b"TEA01")):
        put(standards + i, b"\0" + mark + b"\x01")
    ident = b"\0*OSTA UDF Compliant".ljust(24, b"\0") + b"\x02\x01".ljust(8, b"\0")
    volume = struct.pack("<II", 1, 0) + _dstring(b"DISC", 32) + struct.pack("<HHHHII", 1, 1, 2, 2, 1, 1)
    volume += _dstring(b"0123456789ABCDEF", 128) + CS0 + CS0 + bytes(16) + bytes(32) + STAMP + \
        bytes(32) + bytes(64) + bytes(26)
    put(257, _tag(1, 257, volume))
    parts = struct.pack("<IHH", 2, 1, 0) + b"\x02+NSR02".ljust(32, b"\0") + bytes(128) + \
        struct.pack("<III", 1, start, 28) + bytes(32) + bytes(128) + bytes(156)
    put(258, _tag(5, 258, parts))
    logical = struct.pack("<I", 3) + CS0 + _dstring(b"DISC", 128) + struct.pack("<I", SECTOR)
    logical += ident + _long_ad(SECTOR, 0) + struct.pack("<II", 6, 1) + bytes(32) + bytes(128) + \
        struct.pack("<II", SECTOR, 264) + struct.pack("<BBHH", 1, 6, 1, 0)
    put(259, _tag(6, 259, logical))
    put(260, _tag(8, 260, bytes(496)))
    integrity = STAMP + struct.pack("<III4x", 1, 0, 0) + bytes(28) + struct.pack("<IIII", 1, 0, 0, 28)
    put(264, _tag(9, 264, integrity))
    put(256, _tag(2, 256, struct.pack("<IIII", SECTOR * 4, 257, SECTOR * 4, 257) + bytes(480)))
    files = STAMP + struct.pack("<HHIIII", 3, 3, 1, 1, 0, 0) + CS0 + _dstring(b"DISC", 128) + CS0 + \
        _dstring(b"DISC", 32) + bytes(64) + _long_ad(SECTOR, 2) + ident + bytes(48)
    put(start, _tag(256, 0, files))
    parent = _tag(257, 3, struct.pack("<HBB", 1, 0x0A, 0) + _long_ad(SECTOR, 2) + bytes(2) + bytes(2))
    label = b"\x08" + name.encode()
    child = struct.pack("<HBB", 1, 0, len(label)) + _long_ad(SECTOR, 4) + struct.pack("<H", 0) + label
    child += bytes(-(len(child) + 16) % 4)
    names = parent + _tag(257, 3, child)
    put(start + 2, _udf_entry(2, 4, len(names), 3))
    put(start + 3, names)
    put(start + 4, _udf_entry(4, 5, len(data), 5))
    put(start + 5, data)
    return bytes(image)


def bridge(name, data):
    """ISO 9660 that shows a note, and UDF that shows the file."""
    image = bytearray(udf(name, data, standards=18))
    image[16 * SECTOR:18 * SECTOR] = _iso_descriptor(1, 23) + b"\xffCD001\x01".ljust(SECTOR, b"\0")
    note = b"This disc is for systems that read UDF.\n"
    tree = _iso_record(b"\0", 23, SECTOR, 2) + _iso_record(b"\1", 23, SECTOR, 2) + \
        _iso_record(b"README.TXT;1", 24, len(note))
    image[23 * SECTOR:25 * SECTOR] = tree.ljust(SECTOR, b"\0") + note.ljust(SECTOR, b"\0")
    return bytes(image)


def fat(data, short=b"EICAR   COM"):
    """A 160 KB FAT12 volume with one file in the root directory."""
    boot = bytearray(512)
    boot[0:11] = b"\xeb\x3c\x90MSDOS5.0"
    boot[11:36] = struct.pack("<HBHBHHBHHHII", 512, 1, 1, 2, 64, 320, 0xFE, 1, 8, 1, 0, 0)
    boot[36:62] = b"\0\0\x29\x12\x34\x56\x78DISC       FAT12   "
    boot[510:512] = b"\x55\xaa"
    table = bytearray(512)
    table[0:6] = b"\xfe\xff\xff\xff\x0f\x00"
    entry = short + b"\x20" + bytes(10) + struct.pack("<HHHI", 0x6000, 0x3921, 2, len(data))
    root = padded(entry, 64 * 32)
    return padded(bytes(boot) + bytes(table) * 2 + root + padded(data), 320 * 512)


def mbr(volume):
    head = bytearray(512)
    head[446:462] = bytes([0x80, 1, 1, 0, 1, 0xFE, 0xFF, 0xFF]) + \
        struct.pack("<II", 63, len(volume) // 512)
    head[510:512] = b"\x55\xaa"
    return bytes(head) + bytes(62 * 512) + volume


def _vhd_footer(size, kind, offset):
    foot = bytearray(struct.pack(">8sIIQI4sI4sQQHBBI", b"conectix", 2, 0x10000, offset, 0, b"vpc ",
                                 0x50003, b"Wi2k", size, size, size // 512 // 68 or 1, 4, 17, kind))
    foot += bytes(4) + bytes(range(16)) + bytes(428)
    foot[64:68] = struct.pack(">I", ~sum(foot) & 0xFFFFFFFF)
    return bytes(foot)


def vhd(disk):
    return disk + _vhd_footer(len(disk), 2, 0xFFFFFFFFFFFFFFFF)


def vhd_dynamic(disk):
    """Footer copy, dynamic header, a table of one block of 2 MB, the block, footer."""
    size, block = 2 << 20, 2 << 20
    head = bytearray(struct.pack(">8sQQIIII", b"cxsparse", 0xFFFFFFFFFFFFFFFF, 1536, 0x10000, 1,
                                 block, 0) + bytes(984))
    head[36:40] = struct.pack(">I", ~sum(head) & 0xFFFFFFFF)
    foot = _vhd_footer(size, 3, 512)
    return foot + bytes(head) + padded(struct.pack(">I", 4), 512) + b"\xff" * 512 + \
        padded(disk, block) + foot


def apfs(data):
    """No more than the mark of a container and some bytes in it."""
    return (bytes(32) + b"NXSB").ljust(8192, b"\0") + padded(data, 4096)


def dmg(volume, packed=False, part="whole disk"):
    """UDIF: the data fork, its block map as a property list, the "koly" trailer. packed: by zlib,
    or "xz", and then not at the very beginning."""
    gap = 512 if packed == "xz" else 0
    body = bytes(gap) + lzma.compress(volume) if packed == "xz" else zlib.compress(volume, 9) if packed else volume
    sectors = len(volume) // 512
    kind = 0x80000008 if packed == "xz" else 0x80000005 if packed else 1
    table = struct.pack(">4sIQQQII24xI132xI", b"mish", 1, 0, sectors, 0, 520, 0, 2, 2)
    table += struct.pack(">IIQQQQ", kind, 0, 0, sectors, gap, len(body) - gap)
    table += struct.pack(">IIQQQQ", 0xFFFFFFFF, 0, sectors, 0, len(body), 0)
    text = base64.encodebytes(table).decode()
    plist = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple Computer//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict>
<key>resource-fork</key>
<dict>
<key>blkx</key>
<array>
<dict>
<key>Attributes</key><string>0x0050</string>
<key>CFName</key><string>{part}</string>
<key>Data</key><data>
{text}</data>
<key>ID</key><string>0</string>
<key>Name</key><string>{part}</string>
</dict>
</array>
</dict>
</dict>
</plist>
""".encode()
    koly = struct.pack(">4sIIIQQQQQII16sII128sQQ120sII128sIQ12x", b"koly", 4, 512, 1, 0, 0,
                       len(body), 0, 0, 1, 1, bytes(range(16)), 0, 0, bytes(128), len(body),
                       len(plist), bytes(120), 0, 0, bytes(128), 1, sectors)
    return body + plist + koly


def qcow2(disk):
    """Version 2, clusters of 64 KB: header, L1, L2, data."""
    cluster = 1 << 16
    blocks = -(-len(disk) // cluster)
    head = struct.pack(">4sIQIIQIIQQIIQ", b"QFI\xfb", 2, 0, 0, 16, len(disk), 0, 1, cluster,
                       3 * cluster, 1, 0, 0)
    second = b"".join(struct.pack(">Q", (5 + i) * cluster | 1 << 63) for i in range(blocks))
    parts = (head, struct.pack(">Q", 2 * cluster | 1 << 63), second,
             struct.pack(">Q", 4 * cluster), b"\0\1" * (5 + blocks), disk)
    return b"".join(padded(p, cluster) for p in parts)


def squashfs(name, data):
    """Version 4, everything uncompressed: data block, inodes, directory, id table."""
    def metadata(content):
        return struct.pack("<H", len(content) | 0x8000) + content

    stamp, name = 1220270400, name.encode()
    start = 96
    file_inode = struct.pack("<HHHHIIIIII", 2, 0o644, 0, 0, stamp, 1, start, 0xFFFFFFFF, 0,
                             len(data)) + struct.pack("<I", len(data) | 1 << 24)
    entry = struct.pack("<III", 0, 0, 1) + struct.pack("<HhHH", 0, 0, 2, len(name) - 1) + name
    root = struct.pack("<HHHHIIIIHHI", 1, 0o755, 0, 0, stamp, 2, 0, 2, len(entry) + 3, 0, 3)
    inodes = metadata(file_inode + root)
    directories = metadata(entry)
    ids = metadata(struct.pack("<I", 0))
    at_inodes = start + len(data)
    at_directories = at_inodes + len(inodes)
    at_ids = at_directories + len(directories)
    at_table = at_ids + len(ids)
    none = 0xFFFFFFFFFFFFFFFF
    total = at_table + 8
    flags = 0x1 | 0x2 | 0x8 | 0x10 | 0x200
    head = struct.pack("<IIIIIHHHHHHQQQQQQQQ", 0x73717368, 2, stamp, 131072, 0, 1, 17, flags, 1, 4,
                       0, len(file_inode), total, at_table, none, at_inodes, at_directories, none, none)
    image = head + data + inodes + directories + ids + struct.pack("<Q", at_ids)
    return padded(image, 4096)
