# SPDX-License-Identifier: GPL-2.0-or-later
"""ZIP: stored members that lie, what lies before and behind, mode fields, end records."""

import itertools
import struct
import zlib

from bypass.formats.tapes import tar
from bypass.formats.zips import BZIP2, DEFLATE, LZMA, STORED, XZ, ZSTD, Entry, deflate, end_record, write, zip_of
from disguises.case import EVIL, File, disguise
from disguises.ziprecords import Archive, End, end64, locator64, member

UNZIP = "unzip, 7-Zip"
METHODS = {"stored": STORED, "deflate": DEFLATE, "bzip2": BZIP2, "lzma": LZMA, "xz": XZ, "zstd": ZSTD}
ZIP = {"name": "x.zip", "kind": "application/zip"}


@disguise(3, "7-Zip and WinRAR on Windows ignore the Unix mode", **ZIP)
def zip_mode():
    modes = {"fifo": 0o010644, "chardev": 0o020644, "directory": 0o040755, "blockdev": 0o060644, "socket": 0o140644,
             "symlink": 0o120777, "whiteout": 0o160000, "zero": 0}
    for kind, mode in modes.items():
        for name, method in METHODS.items():
            yield f"{kind}-{name}", write([Entry(EVIL.name, EVIL.data, method, attributes=mode << 16)])
    for bits in (0x10, 0x08, 0x18, 0x40, 0xFF):
        yield f"dos-{bits:02x}-lzma", write([Entry(EVIL.name, EVIL.data, LZMA, attributes=bits)])
        yield f"dos-{bits:02x}-deflate", write([Entry(EVIL.name, EVIL.data, DEFLATE, attributes=bits)])


@disguise(3, "busybox, Java (ZipInputStream), bsdtar; loaders of VU#976247", service="strict", **ZIP)
def zip_stored_that_is_not():
    for name, fields in (("packed-0", {"packed": 0}), ("packed-1", {"packed": 1}), ("packed-67", {"packed": 67}),
                         ("packed-large", {"packed": 500}), ("size-0", {"size": 0}), ("size-1", {"size": 1})):
        yield name, bytes(Archive([member(b"a.com", EVIL.data, **fields)]))
        local, central = member(b"a.com", EVIL.data)
        for key, value in fields.items():
            setattr(local, key, value)
        yield f"{name}-local", bytes(Archive([(local, central)]))
        local, central = member(b"a.com", EVIL.data)
        for key, value in fields.items():
            setattr(central, key, value)
        yield f"{name}-central", bytes(Archive([(local, central)]))
    packed = deflate(EVIL.data)
    for name, crc, size, length in (("crc-of-plain", EVIL.data, 68, len(packed)), ("crc-of-packed", packed, 68, len(packed)),
                                    ("both-packed-size", EVIL.data, len(packed), len(packed)), ("both-plain-size", EVIL.data, 68, 68),
                                    ("crc-zero", b"", 68, len(packed))):
        facts = {"crc": zlib.crc32(crc), "packed": length, "size": size}
        local, central = member(b"eicar.com", EVIL.data, **facts)
        local.data = packed
        rank = {"rank": 1, "opens": "a loader that inflates what is called stored"}
        yield f"inflated-{name}", bytes(Archive([(local, central)])), rank
        other, second = member(b"eicar.com", EVIL.data, **facts)
        other.data, other.method = packed, 8
        yield f"inflated-{name}-local-deflated", bytes(Archive([(other, second)])), {"rank": 2}
    local, central = member(b"a.com", EVIL.data, flags=8, packed=0, size=0)
    local.descriptor = struct.pack("<4sIII", b"PK\7\10", local.crc, 68, 68)
    yield "descriptor-only-sizes", bytes(Archive([(local, central)])), {"rank": 2}
    local.descriptor = struct.pack("<III", local.crc, 68, 68)
    yield "descriptor-without-mark", bytes(Archive([(local, central)])), {"rank": 2}
    local.descriptor = struct.pack("<4sIQQ", b"PK\7\10", local.crc, 68, 68)
    yield "descriptor-of-64-bits", bytes(Archive([(local, central)])), {"rank": 2}


@disguise(3, UNZIP, **ZIP)
def zip_surroundings():
    for name, method in METHODS.items():
        plain = write([Entry(EVIL.name, EVIL.data, method)])
        for size in (100, 22, 5000, 66000, 70000, 200000):
            yield f"{name}-trailing-{size}", plain + b"x" * size
            yield f"{name}-trailing-zeros-{size}", plain + bytes(size)
        yield f"{name}-trailing-end-mark", plain + b"PK\5\6" + b"x" * 18
        yield f"{name}-trailing-half-end", plain + b"PK\5\6"
        yield f"{name}-trailing-local-mark", plain + b"PK\3\4" + b"x" * 30
        yield f"{name}-end-record-before", end_record(0, 0, 0) + plain
        yield f"{name}-shifted-behind-text", b"hello " * 20 + plain
        yield f"{name}-empty-zip-before", write([]) + plain
        yield f"{name}-span-mark-before", b"PK00" + plain
        yield f"{name}-split-mark-before", b"PK\7\10" + plain
    for name, method in (("lzma", LZMA), ("deflate", DEFLATE)):
        entry = [Entry(EVIL.name, EVIL.data, method)]
        lies = write(entry)[:-2] + struct.pack("<H", 500)
        yield f"{name}-comment-longer-than-there-is", lies
        yield f"{name}-comment-shorter-than-there-is", write(entry, comment=b"x" * 300)[:-302] + struct.pack("<H", 5) + b"x" * 300
        yield f"{name}-comment-of-65535", write(entry, comment=b"x" * 65535)
        yield f"{name}-disk-numbers", write(entry, end=None)[:-18] + struct.pack("<HH", 1, 1) + write(entry)[-14:], {"rank": 2}
        yield f"{name}-extra-field-broken", write([Entry(EVIL.name, EVIL.data, method, extra=b"\x01\x00\xff\xff")])
        yield f"{name}-gap-before-directory", write(entry, gap=b"g" * 500, end=None), {"rank": 2}
    png = b"\x89PNG\r\n\x1a\n" + b"\0\0\0\rIHDR" + bytes(17) + b"\0\0\0\0IEND\xaeB`\x82"
    for size in (0, 1000, 70000):
        yield f"behind-png-trailing-{size}", png + zip_of(EVIL, DEFLATE) + bytes(size), {"name": "x.png", "kind": "image/png", "rank": 2}


@disguise(2, "unzip -FF, busybox, 7-Zip, streaming libraries", **ZIP)
def zip_gap():
    """Bytes between and behind members that no directory explains."""
    hidden = bytes(member(b"hidden.com", EVIL.data)[0])
    packed = bytes(member(b"hidden.com", EVIL.data, 8)[0])
    plain = [member(b"a.txt", b"hello, this is a text"), member(b"b.txt", b"and another one here")]
    for name, extra in (("stored", hidden), ("deflated", packed), ("behind-junk", b"junk" * 9 + hidden), ("two", bytes(
            member(b"c.txt", b"x" * 50)[0]) + hidden), ("third-of-three", bytes(member(b"c", b"x")[0]) * 2 + packed), ("raw", EVIL.data)):
        (one, first), (two, second) = plain
        body = bytes(one)
        first.offset, second.offset = 0, len(body) + len(extra)
        between = body + extra + bytes(two)
        directory = bytes(first) + bytes(second)
        yield f"between-{name}", between + directory + bytes(End(2, len(directory), len(between)))
        second.offset = len(body)
        behind = body + bytes(two) + extra
        yield f"before-directory-{name}", behind + directory + bytes(End(2, len(directory), len(behind)))
        whole = body + bytes(two)
        yield f"behind-directory-{name}", whole + directory + extra + bytes(End(2, len(directory), len(whole)))
        first.offset, second.offset = len(extra), len(extra) + len(body)
        yield f"before-all-{name}", extra + whole + bytes(first) + bytes(second) + bytes(End(2, len(directory), len(extra + whole)))
        tail = bytes(End(2, len(directory), len(whole), comment=extra))
        first.offset, second.offset = 0, len(body)
        yield f"in-comment-{name}", whole + bytes(first) + bytes(second) + tail


@disguise(4, "7-Zip", **ZIP)
def zip_of_odd_members():
    for kind in (b"1", b"2", b"3", b"4", b"5", b"6", b"7"):
        yield f"tar-kind-{kind.decode()}", write([Entry("x.tar", tar([(EVIL.name, EVIL.data)], kind=kind), DEFLATE)])
    for method in METHODS.values():
        inner = write([Entry(EVIL.name, EVIL.data, method, attributes=0o010644 << 16)])
        yield f"zip-mode-in-zip-{method}", zip_of(File("in.zip", inner), DEFLATE)


@disguise(3, "Python's zipfile, 7-Zip", **ZIP)
def zip64_behind_prefix():
    """The records of zip64 stand between the directory and the end, and all places count from behind the prefix."""
    for front, prefix in (("program", b"MZ" + bytes(80)), ("script", b"#!/bin/sh\nexit 0\n"), ("line", b"\n")):
        for method, told, more in itertools.product((0, 8), (True, False), (b"", b"tail of text")):
            archive = Archive([member(b"a.txt", b"hi", 8), member(b"eicar.com", EVIL.data, method)])
            local = archive.pairs[1][0]
            local.flags = archive.pairs[1][1].flags = 8
            local.packed = local.size = local.crc = 0
            archive.place()
            body = archive.files + archive.directory
            body += end64(2, len(archive.directory), len(archive.files)) + locator64(len(body))
            end = archive.end() if told else End(0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFF)
            yield f"{front}-{method}-{'told' if told else 'ff'}{'-tail' if more else ''}", prefix + body + bytes(end) + more
