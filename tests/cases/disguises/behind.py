# SPDX-License-Identifier: GPL-2.0-or-later
"""Archives behind other bytes and false marks, heads that disagree with their formats, and the files of packers and
ciphers that no reader here opens."""

import gzip
import lzma
import struct

from bypass.formats import tapes
from bypass.formats.packs import compress
from bypass.formats.zips import LZMA, STORED, XZ, ZSTD, Entry, write
from disguises.case import EVIL, disguise
from disguises.ziprecords import Archive, member

TAR = tapes.tar_of(EVIL)
OLD_TAR = tapes.tar([("a.txt", b"hello"), (EVIL.name, EVIL.data)], magic=bytes(8))
CPIO = tapes.cpio_binary([(EVIL.name, EVIL.data)])
CAB = tapes.cab(EVIL.name, EVIL.data)
NOISE = bytes((i * i * 31 + i * 7) & 0xff for i in range(4096))
FRONTS = {"zip-mark": b"PK\3\4", "zip-mark-and-text": b"PK\3\4 this is no archive\n", "picture": b"\x89PNG\r\n\x1a\n" + bytes(60),
          "page": b"<html>hi</html>\n", "pdf-mark": b"%PDF-1.4\n", "sound": b"RIFF\0\0\0\0WAVE", "bzip2-mark": b"BZh9 no stream", "gzip-mark": b"\x1f\x8b\x08\0",
          "compress-mark": b"\x1f\x9d\x90\xff\xff\xff\xff\xff", "arj-mark": b"\x60\xea no archive"}


@disguise(2, "7-Zip looks for the mark", name="x.bin")
def archive_behind_false_front():
    for front, before in FRONTS.items():
        for name, data in (("tar", TAR), ("cpio", CPIO), ("cpio-swapped", tapes.cpio_binary([(EVIL.name, EVIL.data)], ">")),
                           ("cpio-octal", tapes.cpio_odc([(EVIL.name, EVIL.data)])), ("gzip", gzip.compress(EVIL.data, mtime=0)), ("xz", lzma.compress(EVIL.data))):
            yield f"{front}-{name}", before + data


@disguise(2, "cabextract, 7-Zip", name="x.bin")
def cabinet_behind_false_front():
    for front in ("zip-mark", "zip-mark-and-text", "picture", "page"):
        yield front, FRONTS[front] + CAB
        yield f"{front}-arj", FRONTS[front] + tapes.arj(EVIL.name, EVIL.data)
        yield f"{front}-reserved-field", FRONTS[front] + CAB[:4] + b"Qxyz" + CAB[8:]


@disguise(2, "7-Zip", name="x.bin")
def zip_without_directory_behind_other():
    for front in ("picture", "page", "sound"):
        for name, method in (("lzma", LZMA), ("xz", XZ), ("zstd", ZSTD)):
            whole = write([Entry(EVIL.name, EVIL.data + b" " * 300, method)])
            yield f"{front}-{name}", FRONTS[front] + whole[:whole.index(b"PK\1\2")]


@disguise(4, "unzip looks further back, Python by the places that the end record tells", name="x.zip", kind="application/zip")
def zip64_and_described_behind_other():
    for front, before in FRONTS.items():
        if front.endswith("mark") and front != "pdf-mark":
            continue
        for name, fields in (("zip64", {"packed": 0xFFFFFFFF, "size": 0xFFFFFFFF, "extra": struct.pack("<HHQQ", 1, 16, 68, 68)}), ("described", {"packed": 0, "size": 0, "flags": 8})):
            local, central = member(EVIL.name.encode(), EVIL.data)
            for key, value in fields.items():
                setattr(local, key, value)
            central.flags = local.flags
            if name == "described":
                local.descriptor = struct.pack("<4sIII", b"PK\7\10", central.crc, 68, 68)
            else:
                local.version = 45
            whole = bytes(Archive([(local, central)]))
            yield f"{front}-{name}", before + whole
            yield f"{front}-{name}-trailing", before + whole + bytes(70000)
            for cut in (1, 8):
                yield f"{front}-{name}-cut-{cut}", before + whole[:-cut], {"rank": 2, "opens": "7-Zip, busybox"}


@disguise(2, "GNU tar skips to the next header", name="x.tar")
def tar_without_mark_and_damaged():
    for name, at, byte in (("name", 0, 0xff), ("sum", 148, 0x39), ("zeros", 345, 1), ("owner", 108, 0x20)):
        yield name, OLD_TAR[:at] + bytes([byte]) + OLD_TAR[at + 1:]
    yield "block-before", b"x" * 512 + OLD_TAR
    yield "many-blocks-before", b"x" * 5120 + OLD_TAR


@disguise(3, "busybox, 7-Zip", name="x.lzma")
def lzma_with_odd_head():
    for properties in ({"lc": 3}, {"lc": 0, "lp": 4, "pb": 4}, {"dict_size": 4096}):
        whole = lzma.compress(EVIL.data, lzma.FORMAT_ALONE, filters=[{"id": lzma.FILTER_LZMA1, "preset": 6, **properties}])
        number = "-".join(f"{key}{value}" for key, value in properties.items())
        for name, dictionary in (("ff", b"\xff" * 4), ("odd", b"\x01\x80\xff\x00"), ("zero", bytes(4)), ("large", b"\0\xff\0\xff")):
            yield f"{number}-dictionary-{name}", whole[:1] + dictionary + whole[5:]
        for name, size in (("odd", b"\xff\xff\xff\xff\xff\xef\xff\xff"), ("far", b"\0\0\0\0\0\0\0\x7f")):
            yield f"{number}-size-{name}", whole[:5] + size + whole[13:]
        yield f"{number}-first-byte", whole[:13] + b"\2" + whole[14:]


@disguise(2, "gunzip, bsdtar: one byte of it", name="x.zip", kind="application/zip")
def zip_method_of_two_bytes():
    for name, high in (("one", 1), ("letter", 0x49), ("last", 0xff)):
        for method in (8, STORED):
            whole = write([Entry(EVIL.name, EVIL.data, method)])
            yield f"{name}-{method}", whole[:9] + bytes([high]) + whole[10:]
            yield f"{name}-{method}-no-directory", whole[:9] + bytes([high]) + whole[10:whole.index(b"PK\1\2")]


@disguise(3, "the script itself: what the program has unpacked before it complains")
def damaged_stream_behind_script():
    script = b"#!/bin/sh\ntail -c +55 \"$0\" | $unpack | tar x; exit\n"
    for name, data in (("plain", EVIL.data), ("tar", TAR)):
        for kind, whole in (("xz", lzma.compress(data)), ("xz-crc32", lzma.compress(data, check=lzma.CHECK_CRC32)), ("gzip", gzip.compress(data, mtime=0))):
            yield f"{kind}-{name}-wrong-sum", script + whole[:-3] + bytes([whole[-3] ^ 0x55]) + whole[-2:]
            for cut in (1, 4, 8) + ((20,) if kind != "gzip" else ()):
                yield f"{kind}-{name}-cut-{cut}", script + whole[:-cut]
    yield "compress", script + compress(EVIL.data)


@disguise(2, "The Unarchiver, 7-Zip and the program that made it: no reader here opens them", name="x.bin")
def head_of_rare_packer():
    heads = {"ppmd": b"\x8f\xaf\xac\x84\x80\0\0\0", "powerpacker": b"PP20\x09\x0a\x0b\x0b", "xpk": b"XPKF\0\0\x0f\0SQSH\0\0\x20\0", "diskdoubler": b"\xab\xcd\0\x54",
             "squeeze": b"\x76\xff\1\2EICAR.COM\0", "crunch": b"\x76\xfeEICAR.COM\0", "crlzh": b"\x76\xfdEICAR.COM\0", "library": b"\0           \0\0\1\0",
             "stuffit-by-name": b"ST65\0\1\0\0\1\0rLau\1", "jar": b"\x1aJar\x1b", "limit": b"LIM\x1a", "uc2": b"UC2\x1a", "installshield-3": b"\x13\x5d\x65\x8c\x3a\1\2\0",
             "dact": b"DCT\xc3\0\x08", "vcdiff": b"\xd6\xc3\xc4\0\0", "deltarpm": b"drpmDLT3", "zisofs": b"\x37\xe4\x53\x96\xc9\xdb\xd6\7", "zstd-0.5": b"\x25\xb5\x2f\xfd",
             "chd": b"MComprHD\0\0\0\x7c", "ex01": b"EVF2\r\n\x81\0\1", "ad1": b"ADSEGMENTEDFILE\0", "ziso": b"ZISO\x18\0\0\0", "true-image": b"\xb4\x6e\x68\x44", "aix": b"\x09\0\x6b\xea",
             "flatpak": b"flatpak\0\1\0", "outlook-express-4": b"JMF6\1\0", "bcm": b"BCM!"}
    for name, head in heads.items():
        yield name, head + NOISE
    for name, tail in (("nero", b"NERO\0\0\1\0"), ("nero-5", b"NER5" + struct.pack(">Q", 300)), ("uif", b"bbis" + bytes(60)), ("cdi", struct.pack("<II", 0x80000006, 99))):
        yield f"disc-{name}", NOISE + tail
    sector = b"\0" + b"\xff" * 10 + b"\0\0\2\0\1" + NOISE[:2336]
    yield "disc-of-raw-sectors", sector * 20


@disguise(3, "the program that made it, with the password", name="x.bin")
def head_of_cipher():
    heads = {"keepass": b"\3\xd9\xa2\x9a\x67\xfb\x4b\xb5\1\0\4\0", "keepass-1": b"\3\xd9\xa2\x9a\x65\xfb\x4b\xb5", "bestcrypt": b"LOCOS94 ", "pgpdisk": b"PGPdMAIN", "nextlabs": b"NXLFMT@!",
             "kryptor": b"KRYPTOR\3", "mcrypt": b"\0m\3@rijndael-128\0 \0cbc\0mcrypt-sha1\0", "saltpack": b"BEGIN SALTPACK ENCRYPTED MESSAGE. kcJn5brvybfNjz6 "}
    for name, head in heads.items():
        yield name, head + (NOISE if name != "saltpack" else b"D5litY0cgiExVuZ " * 50)
    yield "image-of-macos", NOISE + b"cdsaencr" + bytes(12)


@disguise(3, "7-Zip, The Unarchiver, with the other parts", kind="multipart/form-data; boundary=aaa", method="POST", url="http://example.test/upload")
def later_part_of_cut_archive():
    for name in ("x.zip.002", "x.7z.003", "X.RAR.017", "x.z01", "backup.tar.002"):
        head = f'--aaa\r\nContent-Disposition: form-data; name="f"; filename="{name}"\r\n\r\n'.encode()
        yield name.lower(), head + NOISE + b"\r\n--aaa--\r\n"


@disguise(3, "the script, with the password", name="x.run")
def encrypted_behind_script():
    for name, before in (("makeself", b"#!/bin/sh\n" + b"# a stub\n" * 40 + b"exit 0\n"), ("program", b"\x7fELF\2\1\1" + bytes(200) + b"\n")):
        for length in (16, 400):
            yield f"openssl-{name}-{length}", before + b"Salted__" + NOISE[1:9] + NOISE[100:100 + length]
