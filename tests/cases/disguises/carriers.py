# SPDX-License-Identifier: GPL-2.0-or-later
"""Archives within something that is none: scripts, initial RAM disks; streams and lines with something between them."""

import base64
import gzip
import lzma
import struct
import subprocess
import zlib

from bypass.formats.disks import squashfs
from bypass.formats.packs import compress, lzop
from bypass.formats.tapes import xar
from disguises.case import EVIL, disguise
from disguises.ziprecords import Archive, member

LINUX = "the kernel, lsinitramfs"
SCRIPT = b"#!/bin/sh\ntail -n +4 \"$0\" | unpack\nexit 0\n"


def cpio(name, data, mode=0o100644, octal=False):
    name = name.encode() + b"\0"
    if octal:
        head = b"070707" + b"".join(b"%06o" % n for n in (0, 1, mode, 0, 0, 1, 0)) + b"%011o%06o%011o" % (0, len(name), len(data))
        return head + name + data
    numbers = (1, mode, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name), 0)
    out = b"070701" + b"".join(b"%08X" % n for n in numbers) + name
    out += bytes(-len(out) % 4) + data
    return out + bytes(-len(out) % 4)


def ram_disk(name, data, octal=False):
    return cpio(name, data, octal=octal) + cpio("TRAILER!!!", b"", 0, octal)


EVIL_DISK = ram_disk("eicar.com", EVIL.data)
EARLY = ram_disk("kernel/x86/microcode/GenuineIntel.bin", bytes(200)) + bytes(300)


def packed(command, data):
    return subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True, timeout=60).stdout


def packings(data):
    yield "gzip", gzip.compress(data)
    yield "xz", lzma.compress(data, check=lzma.CHECK_CRC32)
    yield "lzma", lzma.compress(data, lzma.FORMAT_ALONE)
    yield "lz4-legacy", packed(["lz4", "-l", "-c"], data)
    yield "zstd", packed(["zstd", "-q", "-c"], data)
    yield "compress", compress(data)


@disguise(3, LINUX)
def ram_disk_behind_another():
    yield "plain", EARLY + EVIL_DISK
    yield "plain-of-many", EARLY + b"".join(cpio(f"{i}", b"x") for i in range(50)) + EVIL_DISK
    for name, data in packings(EVIL_DISK):
        yield name, EARLY + data


@disguise(3, "the script itself")
def archive_behind_script():
    yield "cpio", SCRIPT + EVIL_DISK
    yield "cpio-octal", SCRIPT + ram_disk("eicar.com", EVIL.data, octal=True)
    for name, data in packings(EVIL_DISK):
        yield "cpio-" + name, SCRIPT + data


@disguise(4, "the program itself: AppImage, makeself; 7-Zip", name="x.run")
def closed_behind_program():
    """What no reader here opens, behind a program or a script."""
    program = b"\x7fELF\2\1\1\0AI\2".ljust(4096, b"\0")
    for name, data in (("squashfs", squashfs("eicar.com", EVIL.data)), ("lzop", lzop(EVIL.data, "eicar.com")), ("xar", xar("eicar.com", EVIL.data))):
        yield f"program-{name}", program + data
        yield f"script-{name}", SCRIPT + data
        yield f"program-odd-place-{name}", program + b"x" * 77 + data


@disguise(3, "the program itself, the script itself")
def archive_beside_a_zip():
    """The end record of a ZIP, or all of one, makes a program no ZIP. Nor does the mark of LHA."""
    small = bytes(Archive([member(b"a.txt", b"hello", 8)]))
    program = b"MZ" + bytes(1500)
    for name, data in (("gzip", gzip.compress(EVIL.data, mtime=0)), ("xz", lzma.compress(EVIL.data)), ("cpio", EVIL_DISK), ("lzop", lzop(EVIL.data, "e.com"))):
        for front, first in (("script", SCRIPT), ("program", program)):
            yield f"{front}-{name}-end-record", first + data + b"PK\5\6" + bytes(18)
            yield f"{front}-{name}-end-record-within", first + data + b"aPK\5\6b"
            yield f"{front}-{name}-in-front-of-zip", first + data + small
            yield f"{front}-{name}-behind-zip", first + small + data
        yield f"{name}-behind-the-mark-of-lha", b"MZ-lh5-" + bytes(1493) + data
        yield f"{name}-behind-the-word-of-yenc", b"=ybegin line=128 size=1\n" + SCRIPT + data


@disguise(3, "Python's gzip skips the zeros")
def gzip_member_behind_zeros():
    half = len(EVIL.data) // 2
    first, second = gzip.compress(EVIL.data[:half]), gzip.compress(EVIL.data[half:])
    for count in (1, 512, 70000):
        yield f"{count}", first + bytes(count) + second
    yield "twice", gzip.compress(b"") + bytes(8) + first + bytes(8) + second


@disguise(3, "Outlook, Apple Calendar, Thunderbird unfold the lines", kind="text/calendar", name="x.ics")
def calendar_folded():
    text = base64.b64encode(EVIL.data).decode()
    for width in (1, 7, 15):
        for line in ("\r\n ", "\n\t"):
            value = line.join(text[i:i + width] for i in range(0, len(text), width))
            yield (f"{width}-{'tab' if line[-1] == chr(9) else 'blank'}",
                   f"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nATTACH;VALUE=BINARY;ENCODING=BASE64:{value}\r\n"
                   "END:VEVENT\r\nEND:VCALENDAR\r\n".encode())


@disguise(3, "the address book, the calendar", kind="text/x-vcard", name="x.vcf")
def card_quoted_printable():
    """Fields of versions 2.1 and 1.0, which know no base64 of the name "b"."""
    for name, data in (("plain", EVIL.data), ("zip", bytes(Archive([member(b"eicar.com", EVIL.data, 8)])))):
        whole = "".join(f"={byte:02X}" for byte in data)
        lines = "=\r\n".join(whole[i:i + 72] for i in range(0, len(whole), 72))
        for word, text in (("QUOTED-PRINTABLE", lines), ("quoted-printable", lines), ("QUOTED-PRINTABLE;TYPE=x", lines), ("QUOTED-PRINTABLE", whole), ("QUOTED-PRINTABLE", lines.replace("\r", "")),
                           ("Quoted-Printable;CHARSET=UTF-8", lines.lower())):
            number = f"{word}-{len(text)}-{text[-1]}".replace(";", "-")
            yield f"{name}-card-{number}", f"BEGIN:VCARD\r\nVERSION:2.1\r\nN;ENCODING={word}:=41=42\r\nKEY;ENCODING={word}:{text}\r\nEND:VCARD\r\n".encode()
        yield f"{name}-calendar", f"BEGIN:VCALENDAR\r\nVERSION:1.0\r\nBEGIN:VEVENT\r\nATTACH;ENCODING=QUOTED-PRINTABLE:{lines}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n".encode(), \
            {"kind": "text/calendar", "name": "x.vcs"}


@disguise(3, "the script itself: xz joins the streams, and skips zeros between them")
def archive_in_streams_of_xz():
    pieces = [lzma.compress(EVIL_DISK[i:i + 60]) for i in range(0, len(EVIL_DISK), 60)]
    yield "together", SCRIPT + b"".join(pieces)
    yield "zeros-between", SCRIPT + bytes(100).join(pieces)
    yield "behind-another", SCRIPT + lzma.compress(b"text\n") + b"x" + b"".join(pieces)
    yield "second-of-two", SCRIPT + lzma.compress(b"text\n") + b"".join(pieces)
    yield "stored-within", SCRIPT + stored_xz(b"text\n" * 9 + lzma.compress(EVIL_DISK))


def stored_xz(data):
    """A stream whose one block has its content as it is."""
    head = b"\2\0\x21\1\x16\0\0\0"
    block = head + struct.pack("<I", zlib.crc32(head)) + b"\1" + struct.pack(">H", len(data) - 1) + data + b"\0"
    unpadded = len(block)
    block += bytes(-len(block) % 4)

    def number(n):
        return bytes([n]) if n < 128 else bytes([n & 127 | 128]) + number(n >> 7)
    index = b"\0\1" + number(unpadded) + number(len(data))
    index += bytes(-len(index) % 4)
    index += struct.pack("<I", zlib.crc32(index))
    tail = struct.pack("<I", len(index) // 4 - 1) + b"\0\0"
    flags = b"\0\0"
    return b"\xfd7zXZ\0" + flags + struct.pack("<I", zlib.crc32(flags)) + block + index + struct.pack("<I", zlib.crc32(tail)) + tail + b"YZ"
