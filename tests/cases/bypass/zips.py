# SPDX-License-Identifier: GPL-2.0-or-later
"""ZIP: every method, contradicting headers, missing headers, disguises, encryption, names."""

import base64
import hashlib
import struct

from bypass.formats import zips
from bypass.formats.packs import gz
from bypass.formats.tapes import tar_of
from bypass.formats.zips import Entry, write, zip_of
from bypass.wrapping import (CLEAN, CLEAN_OR_DAMAGED, CLEAN_OR_LARGE, TESTFILE, add, infected, infected_or,
                             unscannable, wrapping)

ANY = "Windows Explorer, 7-Zip, unzip, everything"
SEVEN = "7-Zip, WinRAR, WinZip, Keka"
IN_ZIP = infected("zip > eicar.com")
ZIP = {"kind": "application/zip", "filename": "invoice.zip"}

for method, name, opens in (
        (zips.STORED, "stored", ANY), (zips.DEFLATE, "deflate", ANY),
        (zips.DEFLATE64, "deflate64", "Windows Explorer makes and opens it; 7-Zip"),
        (zips.BZIP2, "bzip2", SEVEN), (zips.LZMA, "lzma", SEVEN), (zips.XZ, "xz", SEVEN),
        (zips.ZSTD, "zstd", "7-Zip 23 and newer, WinRAR, Windows 11")):
    add(lambda file, method=method: zip_of(file, method), "zip-" + name, opens,
        IN_ZIP, family="zips", **ZIP)

# The 68 bytes as 7-Zip packs them with PPMd, order 4, 1 MB: no encoder for it in Debian's Python.
PPMD = base64.b64decode("AwBX3G5Sfq5ETzXTcwW5NjN0P27sZOFSyBRzFSXX+KMXwvjen1D63bhLJ8A0cY0+lN1wsLus4AIRZOyLUpG7uP4WAA==")


@wrapping(SEVEN, infected_or("container"), benign=None, **ZIP)
def zip_ppmd(file):
    return write([Entry(file.name, file.data, 0, packed=PPMD, local={"method": 98},
                        central={"method": 98})])


@wrapping("nobody: the method has no number", unscannable("container"), **ZIP)
def zip_unknown_method(file):
    lie = {"method": 77}
    return write([Entry(file.name, bytes(b ^ 1 for b in file.data), local=lie, central=lie)])


@wrapping(ANY, infected(), **ZIP)
def zip_behind_notes_that_name_it(file):
    """Members that are the very text by which a scanner might remember the next one's place."""
    digest = hashlib.sha256(file.data).digest()
    notes = [digest + f"{parents}{kind}/{file.name}".encode()
             for parents in ("CL_TYPE_ZIP/", "CL_TYPE_ANY/CL_TYPE_ZIP/", "CL_TYPE_BINARY_DATA/CL_TYPE_ZIP/")
             for kind in ("CL_TYPE_TEXT_ASCII", "CL_TYPE_BINARY_DATA", "CL_TYPE_ANY", "CL_TYPE_MSEXE")]
    return write([Entry(f"note{i}", note, 0) for i, note in enumerate(notes)] + [Entry(file.name, file.data, 0)])


@wrapping(ANY, IN_ZIP, **ZIP)
def zip_streamed(file):
    return write([Entry(file.name, file.data, 8, descriptor=True)])


@wrapping("bsdtar; 7-Zip opens it after a warning", IN_ZIP, **ZIP)
def zip_streamed_stored(file):
    return write([Entry(file.name, file.data, 0, descriptor=True)])


@wrapping("bsdtar, 7-Zip, zip -FF", infected(), benign=CLEAN_OR_DAMAGED, **ZIP)
def zip_without_central_directory(file):
    return zip_of(file, zips.DEFLATE, central=False)


@wrapping("bsdtar, 7-Zip, zip -FF", infected(), benign=CLEAN_OR_DAMAGED, **ZIP)
def zip_without_central_directory_lzma(file):
    return zip_of(file, zips.LZMA, central=False)


@wrapping("7-Zip and zip -FF, after a download that broke", infected(), benign=CLEAN_OR_DAMAGED, **ZIP)
def zip_cut_in_central_directory(file):
    return zip_of(file, zips.DEFLATE)[:-30]


@wrapping("Java and Python believe the central directory", infected(), benign=CLEAN_OR_DAMAGED, **ZIP)
def zip_local_method_lies(file):
    return write([Entry(file.name, file.data, 8, local={"method": 0})])


@wrapping("bsdtar and Java's stream reader believe the local header", infected(),
          benign=CLEAN_OR_DAMAGED, **ZIP)
def zip_central_method_lies(file):
    return write([Entry(file.name, file.data, 8, central={"method": 0})])


@wrapping("Java and Python believe the central directory", infected(), benign=CLEAN_OR_DAMAGED, **ZIP)
def zip_local_sizes_are_zero(file):
    return write([Entry(file.name, file.data, 8, local={"packed_size": 0, "size": 0, "crc": 0})])


@wrapping("bsdtar and Java's stream reader believe the local header", infected(),
          benign=CLEAN_OR_DAMAGED, **ZIP)
def zip_central_sizes_are_zero(file):
    return write([Entry(file.name, file.data, 8, central={"packed_size": 0, "size": 0})])


@wrapping("unzip and Java believe the central directory", infected_or("encrypted"), **ZIP)
def zip_local_says_encrypted(file):
    return write([Entry(file.name, file.data, 8, local={"flags": 1})])


@wrapping("bsdtar and other stream readers believe the local header", infected(),
          benign=(unscannable("encrypted", "malformed", "container")), **ZIP)
def zip_central_says_encrypted(file):
    return write([Entry(file.name, file.data, 8, central={"flags": 1})])


@wrapping("every tool, with a warning", infected(), benign=CLEAN_OR_LARGE, **ZIP)
def zip_size_says_4_gigabytes(file):
    lie = {"size": 0xFFFFFFF0}
    return write([Entry(file.name, file.data, 8, local=lie, central=lie)])


@wrapping("every tool, with a warning", infected(), benign=CLEAN_OR_DAMAGED, **ZIP)
def zip_wrong_checksum(file):
    lie = {"crc": 1}
    return write([Entry(file.name, file.data, 8, local=lie, central=lie)])


@wrapping("Explorer, 7-Zip: 64-bit fields hold the sizes", IN_ZIP, **ZIP)
def zip_zip64_sizes(file):
    entry = Entry(file.name, file.data, 8)
    extra = struct.pack("<HHQQ", 1, 16, len(file.data), len(entry.packed))
    lie = {"size": 0xFFFFFFFF, "packed_size": 0xFFFFFFFF, "extra": extra, "version": 45}
    return write([Entry(file.name, file.data, 8, local=lie, central=lie)])


@wrapping("7-Zip, unzip: the file's two names differ", infected(), **ZIP)
def zip_two_names_for_one_file(file):
    return write([Entry("readme.txt", file.data, 8, central={"name": file.name.encode()})])


@wrapping(ANY, infected(), **ZIP)
def zip_same_name_twice(file):
    return write([Entry(file.name, b"harmless\n"), Entry(file.name, file.data, 8)])


@wrapping("7-Zip and Java open what is last", infected(), benign=CLEAN_OR_DAMAGED, **ZIP)
def zip_behind_another_zip(file):
    return write([Entry("a.txt", b"harmless\n")]) + zip_of(file, 8)


@wrapping("bsdtar and stream readers open what is first", infected(), benign=CLEAN_OR_DAMAGED, **ZIP)
def zip_before_another_zip(file):
    return zip_of(file, 8) + write([Entry("a.txt", b"harmless\n")])


@wrapping("stream readers see every local header", infected(), benign=CLEAN_OR_DAMAGED, **ZIP)
def zip_member_missing_in_central_directory(file):
    hidden = Entry(file.name, file.data, 8).local_bytes()
    return write([Entry("a.txt", b"harmless\n")], prefix=hidden)


@wrapping(ANY, infected(), **ZIP)
def zip_with_a_long_comment(file):
    return zip_of(file, 8, comment=b"c" * 65535)


@wrapping("unzip and 7-Zip find the real end record", infected(), **ZIP)
def zip_comment_holds_an_end_record(file):
    return zip_of(file, 8, comment=zips.end_record(0, 0, 0))


for name, prefix in (("bm", b"BM"), ("mz-stub", b"MZ" + bytes(510)), ("png", b"\x89PNG\r\n\x1a\n" + bytes(40)),
                     ("jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(200)), ("pdf-head", b"%PDF-1.4\n%\xe2\xe3\n"),
                     ("text", b"This is a letter.\n" * 20), ("64-kilobytes", b"A" * 65536),
                     ("mp3", b"ID3\3\0\0\0\0\0\x10" + bytes(16) + b"\xff\xfb\x90\0" + bytes(100)),
                     ("gif", b"GIF89a\1\0\1\0\0\0\0;")):
    add(lambda file, prefix=prefix: write([Entry(file.name, file.data, 8)], prefix=prefix),
        "zip-behind-" + name, "7-Zip, unzip and Java read from the end", infected(), family="zips",
        benign=CLEAN_OR_DAMAGED, filename="picture.bmp", kind="image/bmp")


@wrapping("7-Zip, unzip and Java: offsets do not count the prefix", infected(),
          benign=CLEAN_OR_DAMAGED, filename="picture.bmp", kind="image/bmp")
def zip_behind_bm_with_old_offsets(file):
    return write([Entry(file.name, file.data, 8)], prefix=b"BM" + bytes(52), shift=False)


@wrapping(ANY, infected(), filename="holiday.jpg", kind="image/jpeg")
def zip_named_as_picture(file):
    return zip_of(file, 8)


@wrapping("unzip -P, with the password from the same mail", unscannable("encrypted"), **ZIP)
def zip_encrypted(file):
    return write([zips.zipcrypto(file.name, file.data)])


@wrapping("7-Zip, with the password from the same mail", unscannable("encrypted"), **ZIP)
def zip_encrypted_aes(file):
    return write([zips.winzip_aes(file.name, file.data)])


@wrapping(ANY, infected(), benign=unscannable("encrypted"), **ZIP)
def zip_encrypted_beside_plain(file):
    return write([zips.zipcrypto("a.txt", b"harmless\n"), Entry(file.name, file.data, 8)])


@wrapping("7-Zip, with the password: the encrypted zip is inside a plain one",
          unscannable("encrypted"), **ZIP)
def zip_encrypted_in_zip(file):
    return write([Entry("inner.zip", write([zips.zipcrypto(file.name, file.data)]), 8)])


@wrapping("7-Zip; the flag says that the directory is encrypted too", unscannable("encrypted"), **ZIP)
def zip_strong_encryption(file):
    lie = {"flags": 0x2041, "name": b"1", "version": 62}
    return write([Entry(file.name, bytes(b ^ 0x33 for b in file.data), local=lie, central=lie)])


@wrapping(ANY, infected("zip > a.zip > b.zip > eicar.com"), **ZIP)
def zip_in_zip_in_zip(file):
    return write([Entry("a.zip", write([Entry("b.zip", zip_of(file, 8))]), 8)])


@wrapping(ANY, infected(), **ZIP)
def zip_gzip_tar(file):
    return write([Entry("a.tar.gz", gz(tar_of(file)), 8)])


@wrapping("Explorer shows the last extension", infected("zip > *"), **ZIP)
def zip_name_with_rtl_override(file):
    return write([Entry("\u202egpj.eicar.com", file.data, 8)])


@wrapping("7-Zip cuts the name at the NUL", infected(), **ZIP)
def zip_name_with_nul(file):
    return write([Entry(b"eicar.com\0.txt", file.data, 8)])


@wrapping("unzip, after asking", infected(), **ZIP)
def zip_name_climbs_out(file):
    return write([Entry("../../../eicar.com", file.data, 8)])


@wrapping("7-Zip and bsdtar; the member is called a folder", infected_or("container", "malformed"), **ZIP)
def zip_folder_with_content(file):
    return write([Entry("eicar.com/", file.data, 8)])


@wrapping(ANY, infected(), **ZIP)
def zip_name_of_60_kilobytes(file):
    return write([Entry("n" * 60000 + ".com", file.data, 8)])


@wrapping("Windows in Japan", infected("zip > ウイルス.com"), **ZIP)
def zip_name_in_utf8(file):
    return write([Entry("ウイルス.com", file.data, 8)])


@wrapping("Windows in Japan", infected("zip > *"), **ZIP)
def zip_name_in_shift_jis(file):
    return write([Entry("ウイルス.com".encode("cp932"), file.data, 8)])


@wrapping("unzip makes a link of it; the target is the content", CLEAN, **ZIP)
def zip_symbolic_link(_file):
    return write([Entry("link", b"/etc/passwd", attributes=0o120777 << 16)])


@wrapping("7-Zip joins the parts .z01 and .zip", unscannable("container", "partial", "malformed"), **ZIP)
def zip_last_part_of_two(file):
    whole = Entry(file.name, file.data)
    directory = whole.central_bytes(4)
    end = struct.pack("<4sHHHHIIH", b"PK\5\6", 1, 0, 1, 1, len(directory), 40, 0)
    return whole.local_bytes()[60:] + directory + end


@wrapping("7-Zip joins the parts .z01 and .zip", unscannable("container", "partial", "malformed"),
          kind="application/zip", filename="invoice.z01")
def zip_first_part_of_two(file):
    return b"PK\7\x08" + Entry(file.name, file.data).local_bytes()[:60]


@wrapping("7-Zip and unar join the parts .001, .002 and so on", unscannable("partial"),
          kind="application/zip", filename="invoice.zip.001")
def zip_first_volume(file):
    return Entry(file.name, file.data).local_bytes()[:60]


@wrapping("7-Zip and unar join the parts; a stored ZIP in it has a directory", unscannable("partial"),
          kind="application/zip", filename="invoice.zip.001")
def zip_first_volume_with_a_zip(file):
    return Entry("inner.zip", write([Entry("a.txt", b"some words of text")])).local_bytes() + \
        Entry(file.name, file.data).local_bytes()[:60]


@wrapping("7-Zip cuts nothing that fits in one volume", infected("zip > *"),
          kind="application/zip", filename="invoice.zip.001")
def zip_only_volume(file):
    return write([Entry(file.name, file.data)])


def _testfile(name):
    with open("/usr/share/clamav-testfiles/" + name, "rb") as stream:
        return stream.read()


for name in ("clam.zip", "clam.bz2.zip", "clam.d64.zip", "clam.impl.zip"):
    add(lambda _file, name=name: _testfile(name), "testfile-" + name, "7-Zip", TESTFILE,
        family="zips", benign=None, filename=name)
