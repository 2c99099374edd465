# SPDX-License-Identifier: GPL-2.0-or-later
"""7z, RAR, tar, cpio, ar, deb, rpm, cab, lha, arj, xar and the archives nobody writes any more."""

import bz2
import gzip
import lzma

from bypass.formats import packs, rar, sevenzip, tapes
from bypass.formats.zips import Entry, write
from bypass.wrapping import (CLEAN_OR_DAMAGED, TESTFILE, add, infected, infected_or, unscannable,
                             wrapping)

SEVEN = "7-Zip"
EITHER = "7-Zip, bsdtar"


def seven(*coders, header=None, extra=()):
    return lambda file: sevenzip.write([*extra, (file.name, file.data)], coders, header)


for name, make in (("copy", seven("copy")), ("lzma", seven("lzma")), ("lzma2", seven("lzma2")),
                   ("bzip2", seven("bzip2")), ("deflate", seven("deflate")),
                   ("packed-header", seven("lzma", header=("lzma",))),
                   ("solid", seven("lzma", extra=[("a.txt", b"harmless\n" * 20)]))):
    add(make, "7z-" + name, EITHER, infected("7z > eicar.com"), family="archives",
        filename="invoice.7z")

add(lambda file: seven("lzma2")(file)[:60], "7z-first-volume", "7-Zip and unar join the parts", unscannable("partial"),
    family="archives", filename="invoice.7z.001")
add(seven("delta", "lzma"), "7z-delta-filter", SEVEN, infected("7z > eicar.com"), family="archives",
    filename="invoice.7z")
add(seven("delta4", "delta", "lzma2", extra=[("a.txt", b"harmless\n" * 20)]), "7z-delta-filters", SEVEN,
    infected("7z > eicar.com"), family="archives", filename="invoice.7z")
add(seven("arm64", "lzma2"), "7z-arm64-filter", "7-Zip 23", infected("7z > eicar.com"), family="archives",
    filename="invoice.7z")
add(seven("delta", "lzma", header=("lzma",)), "7z-delta-filter-packed-header", SEVEN,
    infected("7z > eicar.com"), family="archives", filename="invoice.7z")
# A filter under a coder that only libarchive has.
add(seven("delta", "bzip2"), "7z-delta-filter-bzip2", SEVEN, infected_or("container"), benign=None,
    family="archives", filename="invoice.7z")
add(seven("lzma", "aes"), "7z-encrypted", "7-Zip, with the password", unscannable("encrypted"),
    family="archives", filename="invoice.7z")
add(seven("lzma", "aes", header=("lzma", "aes")), "7z-encrypted-names", "7-Zip, with the password",
    unscannable("encrypted"), family="archives", filename="invoice.7z")


@wrapping(SEVEN, infected(), filename="setup.exe")
def seven_zip_self_extracting(file):
    return b"MZ" + bytes(1022) + seven("lzma")(file)


@wrapping("7-Zip joins .001 and .002", unscannable("container", "malformed", "partial"), filename="invoice.7z.001")
def seven_zip_first_part_of_two(file):
    return seven("copy")(file)[:90]


for version, make in (("rar4", rar.rar4), ("rar5", rar.rar5)):
    add(lambda file, make=make: make(file.name, file.data), version, "WinRAR, 7-Zip, bsdtar, Windows 11",
        infected("rar > eicar.com"), family="archives", filename="invoice.rar")
    add(lambda file, make=make: b"MZ" + bytes(1022) + make(file.name, file.data),
        version + "-self-extracting", "7-Zip; Windows, were the stub a program", infected(),
        family="archives", filename="setup.exe")
    add(lambda file, make=make: make(file.name, file.data, encrypted=True), version + "-encrypted",
        "WinRAR, with the password", unscannable("encrypted"), family="archives",
        filename="invoice.rar")
    add(lambda file, make=make: make(file.name, file.data, encrypted_headers=True),
        version + "-encrypted-names", "WinRAR, with the password", unscannable("encrypted"),
        family="archives", filename="invoice.rar")
    add(lambda file, make=make: make(file.name, file.data, volume=True), version + "-first-volume",
        "WinRAR, with the other volumes", unscannable("container", "partial", "malformed"),
        family="archives", filename="invoice.part1.rar")


@wrapping("WinRAR, 7-Zip; the outer name says .jpg", infected(), kind="image/jpeg",
          filename="holiday.jpg")
def rar_named_as_picture(file):
    return rar.rar5(file.name, file.data)


def tar_with(packer, name, opens=EITHER, **more):
    add(lambda file: packer(tapes.tar_of(file)), name, opens, infected(), family="archives",
        filename="x." + name.replace("-", "."), **more)


tar_with(bytes, "tar")
tar_with(lambda d: gzip.compress(d, mtime=0), "tar-gz")
tar_with(bz2.compress, "tar-bz2")
tar_with(lzma.compress, "tar-xz")
tar_with(packs.zstd, "tar-zst", "bsdtar, GNU tar, 7-Zip")
tar_with(packs.lzip, "tar-lz", "bsdtar, GNU tar")
tar_with(packs.lz4, "tar-lz4", "bsdtar")
tar_with(packs.br, "tar-br", "brotli, then tar; PeaZip")
tar_with(lambda d: packs.uu(gzip.compress(d, mtime=0), "x.tar.gz"), "tar-gz-uu", "bsdtar, uudecode")


@wrapping("every tar", infected(), filename="x.tar")
def tar_of_unix_version_7(file):
    return tapes.tar_of(file, magic=b"\0" * 8)


@wrapping("GNU tar, bsdtar", infected(), filename="x.tar")
def tar_with_long_name(file):
    name = "n" * 200 + ".com"
    long = tapes.tar_header(b"././@LongLink", len(name) + 1, kind=b"L", magic=b"ustar  \0")
    return long + tapes.padded(name.encode() + b"\0") + tapes.tar([(name[:99], file.data)])


@wrapping("GNU tar, bsdtar", infected(), filename="x.tar")
def tar_with_pax_header(file):
    return tapes.pax(b"path", b"virus.com") + tapes.tar_of(file)


@wrapping("bsdtar: the size in the pax header counts", infected(), benign=CLEAN_OR_DAMAGED,
          filename="x.tar")
def tar_with_size_in_pax_header(file):
    return tapes.pax(b"size", b"%d" % len(file.data)) + tapes.tar_header(file.name.encode(), 0) + \
        tapes.padded(file.data) + bytes(1024)


@wrapping("tar -i: a header with a size, and the next archive where its content should be", infected(),
          filename="x.tar")
def tar_that_ends_where_the_next_begins(file):
    return tapes.tar_header(b"notes/", 700, kind=b"5") + tapes.tar_of(file)


@wrapping("tars that take a type they do not know for a file", infected(), filename="x.tar")
def tar_in_a_member_of_no_known_type(file):
    inner = tapes.tar_of(file)
    return tapes.tar_header(b"notes.tar", len(inner), kind=b"Y") + inner + bytes(1024)


@wrapping("GNU tar, bsdtar", infected(), filename="x.tar")
def tar_with_binary_size(file):
    return tapes.tar_of(file, base256=True)


@wrapping("tar --ignore-zeros; 7-Zip", infected_or("container", "malformed"), filename="x.tar")
def tar_behind_end_of_tar(file):
    return tapes.tar([("a.txt", b"harmless\n")]) + tapes.tar_of(file)


@wrapping("every tar: a file without an end", infected(), filename="x.tar")
def tar_without_end(file):
    return tapes.tar_of(file, end=False)


@wrapping("GNU tar skips to the next header; old unix tars do not check", infected_or("container", "malformed"),
          benign=CLEAN_OR_DAMAGED, filename="x.tar")
def tar_with_wrong_checksum(file):
    return tapes.tar_of(file, checksum=0)


@wrapping("GNU tar", infected_or("container"), filename="x.tar")
def tar_contiguous_file(file):
    return tapes.tar_of(file, kind=b"7")


for name, make in (("newc", tapes.cpio_newc), ("crc", lambda f: tapes.cpio_newc(f, True)),
                   ("odc", tapes.cpio_odc), ("binary", tapes.cpio_binary),
                   ("binary-swapped", lambda f: tapes.cpio_binary(f, ">"))):
    add(lambda file, make=make: make([(file.name, file.data)]), "cpio-" + name, "cpio, 7-Zip, bsdtar",
        infected(), family="archives", filename="x.cpio")


@wrapping("ar, 7-Zip, bsdtar", infected("ar > eicar.com"), filename="x.a")
def ar(file):
    return tapes.ar([("a.txt", b"odd"), (file.name, file.data)])


@wrapping("ar, bsdtar", infected(), filename="x.a")
def ar_bsd_names(file):
    return tapes.ar([(file.name, file.data)], bsd=True)


@wrapping("dpkg", infected(), filename="x.deb")
def deb_gz(file):
    return tapes.deb("data.tar.gz", gzip.compress(tapes.tar_of(file), mtime=0))


@wrapping("dpkg", infected(), filename="x.deb")
def deb_xz(file):
    return tapes.deb("data.tar.xz", lzma.compress(tapes.tar_of(file)))


@wrapping("dpkg of Ubuntu and Debian 12", infected(), filename="x.deb")
def deb_zst(file):
    return tapes.deb("data.tar.zst", packs.zstd(tapes.tar_of(file)))


@wrapping("rpm2cpio, 7-Zip, bsdtar", infected(), filename="x.rpm")
def rpm_gzip(file):
    return tapes.rpm(gzip.compress(tapes.cpio_newc([(file.name, file.data)]), mtime=0))


@wrapping("rpm2cpio, 7-Zip, bsdtar", infected(), filename="x.rpm")
def rpm_zstd(file):
    return tapes.rpm(packs.zstd(tapes.cpio_newc([(file.name, file.data)])))


@wrapping("Windows Explorer, 7-Zip, cabextract", infected(), filename="x.cab")
def cab_stored(file):
    return tapes.cab(file.name, file.data)


@wrapping("Windows Explorer, 7-Zip, cabextract", infected(), filename="x.cab")
def cab_mszip(file):
    return tapes.cab(file.name, file.data, 1)


# libclamav opens what is stored in an archive twice: so it seems to have opened more members.
DECOY = write([Entry(f"note-{i}.txt", b"a harmless note, number %d\n" % i) for i in range(9)])


@wrapping("WinRAR, 7-Zip, bsdtar", infected(), filename="invoice.rar")
def rar_with_a_stored_zip(file):
    return rar.rar4_of([("notes.zip", DECOY), (file.name + ".gz", gzip.compress(file.data, mtime=0))])


@wrapping("bsdtar, GNU tar", infected(), filename="invoice.tar")
def tar_with_a_stored_zip(file):
    return tapes.tar([("notes.zip", DECOY)], end=False) + tapes.tar_of(file, kind=b"7")


@wrapping("arj, 7-Zip", unscannable("container"), filename="x.arj")
def arj_unknown_method_beside_a_stored_zip(file):
    return tapes.arj(file.name, file.data, method=9, first=("notes.zip", DECOY))


@wrapping("7-Zip, cabextract", infected(), filename="setup.exe")
def cab_self_extracting(file):
    return b"MZ" + bytes(1022) + tapes.cab(file.name, file.data, 1)


for level in (0, 1, 2):
    add(lambda file, level=level: tapes.lha(file.name, file.data, level=level), f"lha-level-{level}",
        "lhasa, 7-Zip, Explzh: ordinary in Japan", infected(), family="archives", filename="x.lzh")


for kind, box in (("egg", tapes.egg), ("alz", tapes.alz)):
    add(lambda file, box=box: box(file.name, file.data), kind, "ALZip, Bandizip", infected(),
        family="archives", filename="x." + kind)
    add(lambda file, box=box: box(file.name, packs.gz(file.data), method=4), kind + "-lzma", "ALZip, Bandizip",
        unscannable("container"), family="archives", filename="x." + kind)
    add(lambda file, box=box: box(file.name, packs.gz(file.data), encrypted=True), kind + "-encrypted",
        "ALZip, with the password", unscannable("encrypted"), family="archives", filename="x." + kind)


@wrapping("arj, 7-Zip", infected(), filename="x.arj")
def arj(file):
    return tapes.arj(file.name, file.data)


@wrapping("arj -g, with the password", unscannable("encrypted", "container"), filename="x.arj")
def arj_garbled(file):
    return tapes.arj(file.name, file.data, garbled=True)


READABLE = ("readme.txt", b"A member that anybody can read.\n")


@wrapping("arj, 7-Zip", infected(), filename="x.arj")
def arj_second_member(file):
    return tapes.arj(file.name, file.data, first=READABLE)


@wrapping("arj, with the password", unscannable("encrypted"), filename="x.arj")
def arj_garbled_behind_a_plain_member(file):
    return tapes.arj(file.name, file.data, garbled=True, first=READABLE)


@wrapping("arj, with the next volume", unscannable("partial"), filename="x.arj")
def arj_first_volume(file):
    return tapes.arj(file.name, file.data, volume=True, first=READABLE)


@wrapping("nobody yet", unscannable("container"), filename="x.arj")
def arj_unknown_method(file):
    return tapes.arj(file.name, file.data, method=8, first=READABLE)


@wrapping("arj", unscannable("container"), filename="x.arj")
def arj_cut(file):
    return tapes.arj(file.name, bytes(60) + file.data, first=READABLE)[:-80]


@wrapping("macOS, 7-Zip, bsdtar", infected(), filename="x.pkg")
def xar_stored(file):
    return tapes.xar(file.name, file.data)


@wrapping("macOS, 7-Zip, bsdtar", infected(), filename="x.pkg")
def xar_zlib(file):
    return tapes.xar(file.name, file.data, packed=True)


@wrapping("7-Zip, bsdtar", infected(), filename="x.cpio.gz")
def cpio_gz_in_zip(file):
    return write([Entry("a.cpio.gz", gzip.compress(tapes.cpio_newc([(file.name, file.data)]),
                                                   mtime=0), 8)])


@wrapping("7-Zip, bsdtar", infected("7z > a.rar > eicar.com"), filename="x.7z")
def rar_in_7z(file):
    return sevenzip.write([("a.rar", rar.rar5(file.name, file.data))])


# Archives that 7-Zip, WinRAR or their own programs open, and no library here: to be said, not passed.
CLOSED = (
    ("ace", b"\x31\x21\x31\0\0\0\x90**ACE**\x14\x14\x02\0", "WinRAR before 5.70, unace", "x.ace"),
    ("zoo", b"ZOO 2.10 Archive.\x1a\0\0\xdc\xa7\xc4\xfd\x2a\0\0\0", "zoo, The Unarchiver", "x.zoo"),
    ("arc", b"\x1a\x02eicar.com\0\0\0\0\x44\0\0\0\x21\x39\0\x60\0\0\x44\0\0\0", "arc, The Unarchiver", "x.arc"),
    ("stuffit", b"SIT!\0\1\0\0\0\xa0rLau\1\0\0\0\0\0\x16", "The Unarchiver", "x.sit"),
    ("stuffit-5", b"StuffIt (c)1997-2002 Aladdin Systems, Inc., http://www.aladdinsys.com/StuffIt/\r\n\x1a\0\5",
     "The Unarchiver", "x.sit"),
    ("zpaq", b"7kSt\xa01\x83\xd3\x8c\xb2\x28\xb0\xd3zPQ\2\1", "zpaq, PeaZip", "x.zpaq"),
    ("freearc", b"ArC\1\2\0\3\0", "FreeArc, PeaZip", "x.arc"),
    ("wim", b"MSWIM\0\0\0\xd0\0\0\0\0\x0d\1\0" + bytes(192), "7-Zip, DISM", "x.wim"),
)
for name, magic, opens, filename in CLOSED:
    add(lambda file, magic=magic: magic + file.data, "closed-" + name, opens,
        unscannable("container"), family="archives", filename=filename)
    add(lambda file, magic=magic: write([Entry("inner", magic + file.data, 8)]),
        "closed-" + name + "-in-zip", opens, unscannable("container"), family="archives",
        filename="x.zip")


def _testfile(name):
    with open("/usr/share/clamav-testfiles/" + name, "rb") as stream:
        return stream.read()


for name in ("clam.7z", "clam.arj", "clam.cab", "clam.tar.gz", "clam.newc.cpio", "clam.bin-be.cpio",
             "clam.exe.bz2", "clam.exe.szdd", "clam.sis", "clam.chm", "clam-nsis.exe",
             "clam_ISmsi_int.exe", "clam-upx.exe"):
    add(lambda _file, name=name: _testfile(name), "testfile-" + name, "7-Zip, or Windows", TESTFILE,
        family="archives", benign=None, filename=name)
