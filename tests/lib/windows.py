# SPDX-License-Identifier: GPL-2.0-or-later
"""Streams and archives of a few bytes that ask for a dictionary, window or model of any size."""

import hashlib
import lzma
import struct
import subprocess
import zlib

from bypass.formats import rar

LITTLE = 1 << 16


def crc(data):
    return struct.pack("<I", zlib.crc32(data))


def raw(data):
    return lzma.compress(data, lzma.FORMAT_ALONE,
                         filters=[{"id": lzma.FILTER_LZMA1, "dict_size": LITTLE}])[13:]


def lzma_alone(data, size):
    """The old .lzma, with its end mark."""
    return b"\x5d" + struct.pack("<I", min(size, 0xffffffff)) + b"\xff" * 8 + raw(data)


def code2(size):
    """LZMA2's and xz's byte for a dictionary of at least this size."""
    return next(c for c in range(41) if (2 | c & 1) << (c // 2 + 11) >= size or c == 40)


def xz(data, size):
    plain = lzma.compress(data, lzma.FORMAT_XZ,
                          filters=[{"id": lzma.FILTER_LZMA2, "dict_size": LITTLE}])
    length = (plain[12] + 1) * 4
    head = bytearray(plain[12:12 + length - 4])
    head[head.index(b"\x21\x01") + 2] = code2(size)
    return plain[:12] + bytes(head) + crc(bytes(head)) + plain[12 + length:]


def lzip(data, size):
    body = raw(data)
    whole = b"LZIP\x01" + bytes([(size - 1).bit_length()]) + body
    tail = crc(data) + struct.pack("<QQ", len(data), len(whole) + 20)
    return whole + tail


def zstd(data, log):
    plain = subprocess.run(["zstd", "-c", "-q", "--no-check", "--no-content-size"], input=data,
                           stdout=subprocess.PIPE, check=True, timeout=60).stdout
    return plain[:5] + bytes([log - 10 << 3]) + plain[6:]


def brotli(data, log):
    return subprocess.run(["brotli", "-c", f"--large_window={log}"], input=data,
                          stdout=subprocess.PIPE, check=True, timeout=60).stdout


def zipped(method, packed, data):
    fields = struct.pack("<HHHHHIIIHH", 63, 2 if method == 14 else 0, method, 0, 0x21, zlib.crc32(data),
                         len(packed), len(data), 5, 0)
    local = b"PK\3\4" + fields + b"a.txt" + packed
    entry = b"PK\1\2\x3f\0" + fields + bytes(14) + b"a.txt"
    return local + entry + b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(entry), len(local), 0)


def zip_lzma(data, size):
    return zipped(14, b"\x09\x14\x05\0\x5d" + struct.pack("<I", size) + raw(data), data)


def zip_xz(data, size):
    return zipped(95, xz(data, size), data)


def zip_zstd(data, log):
    return zipped(93, zstd(data, log), data)


def number(value):
    if value < 0x80:
        return bytes([value])
    return bytes([0x80 | value >> 8, value & 255])


def sevenzip_streams(place, packed, coder, data, directory=False):
    sums = b"\x0a\x01" + crc(data) + b"\0"
    return (b"\x06" + number(place) + b"\x01\x09" + number(packed) + b"\0\x07\x0b\x01\0\x01" + coder +
            b"\x0c" + number(len(data)) + (sums if directory else b"\0\x08" + sums) + b"\0")


def sevenzip(packed, coder, data, hidden_by=None):
    """One file; its directory is packed by LZMA with a dictionary of `hidden_by` bytes, or not."""
    name = "a.txt\0".encode("utf-16-le")
    header = (b"\x01\x04" + sevenzip_streams(0, len(packed), coder, data) + b"\x05\x01\x11" +
              number(len(name) + 1) + b"\0" + name + b"\0\0")
    if hidden_by is not None:
        small = raw(header)
        outer = b"\x17" + sevenzip_streams(len(packed), len(small), lzma_coder(hidden_by), header, True)
        packed, header = packed + small, outer
    start = struct.pack("<QQ", len(packed), len(header)) + crc(header)
    return b"7z\xbc\xaf\x27\x1c\0\4" + crc(start) + start + packed + header


def lzma_coder(size):
    return b"\x23\x03\x01\x01\x05\x5d" + struct.pack("<I", size)


def sevenzip_lzma(data, size, hidden_by=None):
    return sevenzip(raw(data), lzma_coder(size), data, hidden_by)


def sevenzip_lzma2(data, size):
    packed = lzma.compress(data, lzma.FORMAT_RAW,
                           filters=[{"id": lzma.FILTER_LZMA2, "dict_size": LITTLE}])
    return sevenzip(packed, b"\x21\x21\x01" + bytes([code2(size)]), data)


def sevenzip_ppmd(data, size, hidden_by=None):
    """The packed bytes are none of PPMd's: who reads them asks for the model first."""
    return sevenzip(b"\0" + data, b"\x23\x03\x04\x01\x05\x06" + struct.pack("<I", size), data, hidden_by)


def xar(style, packed, data):
    listing = (f'<?xml version="1.0" encoding="UTF-8"?><xar><toc><checksum style="sha1"><size>20</size>'
               f'<offset>0</offset></checksum><file id="1"><data><length>{len(packed)}</length>'
               f'<offset>20</offset><size>{len(data)}</size><encoding style="application/x-{style}"/></data>'
               f'<mode>0644</mode><type>file</type><name>a.com</name></file></toc></xar>').encode()
    small = zlib.compress(listing)
    head = b"xar!" + struct.pack(">HHQQI", 28, 1, len(small), len(listing), 1)
    return head + small + hashlib.sha1(small).digest() + packed


def xar_lzma(data, size):
    return xar("lzma", lzma_alone(data, size), data)


def xar_xz(data, size):
    return xar("xz", xz(data, size), data)


def rar5(data, log):
    """Packed by RAR's method 3, as a stream that is damaged."""
    fields = (rar.vint(4) + rar.vint(len(data)) + rar.vint(0x20) + crc(data) +
              rar.vint(3 << 7 | log - 17 << 10) + rar.vint(1) + rar.vint(5) + b"a.txt")
    return (rar.RAR5 + rar._block5(1, 0, rar.vint(0)) + rar._block5(2, 0, fields, b"", data) +
            rar._block5(5, 0, rar.vint(0)))
