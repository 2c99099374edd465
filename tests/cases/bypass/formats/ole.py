# SPDX-License-Identifier: GPL-2.0-or-later
"""OLE2 compound files, and what Office puts into them."""

import struct

FREE, END, FATSECT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
LOOP = object()  # a storage in itself
PACKAGE = bytes.fromhex("0c00030000000000c000000000000046")  # CLSID of an OLE package


def _entry(name, kind, child=FREE, right=FREE, start=0, size=0, clsid=bytes(16)):
    wide = name.encode("utf-16-le") + b"\0\0"
    return wide.ljust(64, b"\0") + struct.pack("<HBBIII", len(wide), kind, 1, FREE, right, child) + \
        clsid + bytes(20) + struct.pack("<IQ", start, size)


def _chain(first, count):
    return [first + i + 1 for i in range(count - 1)] + [END] if count else []


def compound(tree, clsid=bytes(16), shift=9):
    """tree: {name: bytes, another tree, or LOOP}. Short streams go to the mini stream.
    shift: of a sector's size, 9 or 12."""
    sector = 1 << shift
    entries = [None]  # filled at the end: the root
    mini, minifat, big = bytearray(), [], []

    def level(branch):
        """Adds the entries of one storage and returns the first one's number."""
        numbers = []
        names = sorted(branch, key=lambda n: (len(n), n.upper()))
        for name in names:
            numbers.append(len(entries))
            entries.append(None)
        for i, name in enumerate(names):
            right = numbers[i + 1] if i + 1 < len(names) else FREE
            value = branch[name]
            if value is LOOP:
                entries[numbers[i]] = ("storage", name, numbers[i], right)
            elif isinstance(value, dict):
                entries[numbers[i]] = ("storage", name, level(value), right)
            else:
                entries[numbers[i]] = ("stream", name, value, right)
        return numbers[0] if numbers else FREE

    top = level(tree)
    out = []
    for entry in entries[1:]:
        kind, name, value, right = entry
        if kind == "storage":
            out.append(_entry(name, 1, value, right))
        elif len(value) < 4096:
            start = len(minifat) if value else END
            minifat += _chain(len(minifat), -(-len(value) // 64))
            mini.extend(value + bytes(-len(value) % 64))
            out.append(_entry(name, 2, FREE, right, start, len(value)))
        else:
            big.append((len(out), name, value, right))
            out.append(b"")
    sectors, fat = [], []

    def store(data):
        pieces = [data[i:i + sector].ljust(sector, b"\0") for i in range(0, len(data), sector)]
        first = len(sectors) if pieces else END
        fat.extend(_chain(len(sectors), len(pieces)))
        sectors.extend(pieces)
        return first

    for index, name, value, right in big:
        out[index] = _entry(name, 2, FREE, right, store(value), len(value))
    mini_start = store(bytes(mini))
    numbers = sector // 4
    minifat_count = -(-len(minifat) // numbers)
    minifat += [FREE] * (-len(minifat) % numbers)
    minifat_start = store(struct.pack(f"<{len(minifat)}I", *minifat))
    root = _entry("Root Entry", 5, top, FREE, mini_start, len(mini), clsid)
    directory = root + b"".join(out)
    directory += _entry("", 0) * (-(len(out) + 1) % (sector // 128))
    directory_start = store(directory)
    fat_count = 1
    while fat_count * numbers < len(fat) + fat_count:
        fat_count += 1
    fat_start = len(sectors)
    fat += [FATSECT] * fat_count
    fat += [FREE] * (fat_count * numbers - len(fat))
    table = struct.pack(f"<{len(fat)}I", *fat)
    sectors += [table[i:i + sector] for i in range(0, len(table), sector)]
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16)
    head += struct.pack("<HHHHH6xIIIIIIIII", 0x3E, 3 if shift == 9 else 4, 0xFFFE, shift, 6,
                        -(-len(directory) // sector) if shift > 9 else 0, fat_count, directory_start, 0,
                        4096, minifat_start if minifat_count else END, minifat_count, END, 0)
    difat = [fat_start + i for i in range(fat_count)]
    difat += [FREE] * (109 - len(difat))
    return (head + struct.pack("<109I", *difat)).ljust(sector, b"\0") + b"".join(sectors)


def swapped(whole, first, second):
    """The same file with two neighbouring sectors of 512 bytes in the other order."""
    at = whole.index(first + second)
    number = at // 512 - 1
    table = 512 * (struct.unpack_from("<I", whole, 76)[0] + 1)
    out = bytearray(whole)
    out[at:at + 1024] = second + first
    struct.pack_into("<III", out, table + 4 * (number - 1), number + 1, number + 2, number)
    return bytes(out)


def native(name, data):
    """The stream Ole10Native: what "insert file as object" makes."""
    name = name.encode()
    body = struct.pack("<H", 2) + name + b"\0" + b"C:\\" + name + b"\0" + b"\0\0\3\0"
    body += struct.pack("<I", len(name) + 4) + b"C:\\" + name + b"\0"
    body += struct.pack("<I", len(data)) + data
    return struct.pack("<I", len(body)) + body


def package(name, data):
    """An OLE object with the file, as lies in word/embeddings/oleObject1.bin."""
    return compound({"\x01Ole10Native": native(name, data),
                     "\x01CompObj": bytes(4)}, PACKAGE)


def word(streams=None, encrypted=False):
    """The least a .doc has. encrypted: the file information block says so."""
    flags = 0x0200 | (0x0100 if encrypted else 0)
    fib = struct.pack("<HHHHHHHI", 0xA5EC, 0x00C1, 0, 0x0409, 0, flags, 0x00BF, 0x1234)
    return compound({"WordDocument": fib.ljust(1472, b"\0") + b"text\r", "1Table": bytes(512),
                     **(streams or {})},
                    bytes.fromhex("0609020000000000c000000000000046"))


def excel(encrypted=False):
    book = struct.pack("<HHHHHHII", 0x0809, 16, 0x0600, 5, 0x0DBB, 0x07CC, 0, 6)
    if encrypted:  # FilePass: RC4
        book += struct.pack("<HHHHH", 0x2F, 54, 1, 1, 1) + bytes(range(48))
    book += struct.pack("<HH", 0x0A, 0)
    return compound({"Workbook": book.ljust(4096, b"\0")},
                    bytes.fromhex("2008020000000000c000000000000046"))


def encrypted_ooxml(noise):
    """[MS-OFFCRYPTO] agile encryption: what Office writes for "encrypt with password"."""
    info = struct.pack("<HHI", 4, 4, 0x40) + b"""<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<encryption xmlns="http://schemas.microsoft.com/office/2006/encryption"><keyData saltSize="16" blockSize="16" keyBits="256" hashSize="64" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC" hashAlgorithm="SHA512" saltValue="AAAAAAAAAAAAAAAAAAAAAA=="/></encryption>"""
    return compound({"EncryptionInfo": info, "EncryptedPackage": struct.pack("<Q", len(noise)) + noise,
                     "\x06DataSpaces": {"Version": b"\x3c\0\0\0"}})


def msg(name, data):
    """An Outlook message with one attachment."""
    wide = name.encode("utf-16-le")
    return compound({
        "__properties_version1.0": bytes(32),
        "__nameid_version1.0": {"__substg1.0_00020102": b"", "__substg1.0_00030102": b""},
        "__substg1.0_0037001F": "subject".encode("utf-16-le"),
        "__substg1.0_001A001F": "IPM.Note".encode("utf-16-le"),
        "__attach_version1.0_#00000000": {
            "__properties_version1.0": bytes(8),
            "__substg1.0_3707001F": wide,
            "__substg1.0_37010102": data},
    })


def macro(source):
    """A module's stream: what the compiler made of it, then its source, packed without any copying."""
    out = b"\1"
    for i in range(0, len(source), 2048):
        piece = source[i:i + 2048]
        body = b"".join(b"\0" + piece[j:j + 8] for j in range(0, len(piece), 8))
        out += struct.pack("<H", 0xB000 | (len(body) - 1)) + body
    return bytes(range(200)) + out
