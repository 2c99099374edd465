# SPDX-License-Identifier: GPL-2.0-or-later
"""HTTP content encodings: honest, stacked, lying, cut, padded."""

import gzip as gzip_module
import struct
import zlib

from bypass.formats.packs import br, br_stored, compress, gz, raw_deflate, zstd, zstd_skippable
from bypass.wrapping import (CLEAN, add, infected, infected_or, unscannable,
                             wrapping)

BROWSER = "every browser"


def gzip(data):
    return gz(data)


PLAIN = {"gzip": gzip, "x-gzip": gzip, "deflate": zlib.compress, "br": br, "zstd": zstd}

for token, packer in PLAIN.items():
    add(lambda file, packer=packer: packer(file.data), "encoding-" + token, BROWSER, infected(),
        family="encodings", encoding=token)

STACKS = ("gzip, gzip", "gzip, br", "br, gzip", "zstd, gzip", "deflate, gzip, br", "identity, gzip")


def stack(data, tokens):
    for token in tokens.split(", "):
        data = PLAIN[token](data) if token in PLAIN else data
    return data


for tokens in STACKS:
    add(lambda file, tokens=tokens: stack(file.data, tokens), "stack-" + tokens.replace(", ", "-"),
        "Chrome and Firefox undo every encoding named, last first", infected(), family="encodings",
        encoding=tokens)


@wrapping("Chrome takes raw deflate too", infected(), encoding="deflate")
def encoding_raw_deflate(file):
    return raw_deflate(file.data)


@wrapping("every browser; it is over this server's limit of encodings", infected_or("max-encodings"),
          benign=unscannable("max-encodings"), encoding="gzip, gzip, gzip, gzip")
def stack_too_deep(file):
    return stack(file.data, "gzip, gzip, gzip, gzip")


@wrapping("every browser; it is over this server's limit of encodings", infected_or("max-encodings"),
          benign=unscannable("max-encodings"), encoding="br, br, br, br, br, br")
def stack_of_br_too_deep(file):
    return stack(file.data, "br, br, br, br, br, br")


@wrapping(BROWSER, infected(), encoding="GZip")
def token_in_capitals(file):
    return gz(file.data)


@wrapping("Firefox and curl skip empty list members", infected(), encoding=", gzip ,,")
def token_among_commas(file):
    return gz(file.data)


@wrapping("curl and lenient clients cut the parameter", infected_or("encoding"), encoding="gzip;q=1.0")
def token_with_parameter(file):
    return gz(file.data)


@wrapping("browsers join the two header lines", infected(),
          headers=("Content-Encoding: gzip", "Content-Encoding: br"))
def two_header_lines(file):
    return br(gz(file.data))


@wrapping("browsers take the name in any case", infected(), headers=("cOnTeNt-eNcOdInG: gzip",))
def header_name_in_odd_case(file):
    return gz(file.data)


@wrapping("wget, and whatever ignores the header", infected(), encoding="gzip")
def plain_under_gzip(file):
    return file.data


@wrapping("wget, and whatever ignores the header", infected(), encoding="br")
def plain_under_br(file):
    return file.data


@wrapping("the user: gunzip, 7-Zip", infected(), filename="eicar.com.gz")
def gzip_under_none(file):
    return gz(file.data)


for name, pack in (("zlib", lambda f: zlib.compress(f.data)), ("raw-deflate", lambda f: raw_deflate(f.data)),
                   ("br", lambda f: br(f.data))):
    add(pack, name + "-under-none", "a program that knows what it asked for", infected(),
        family="encodings", filename="answer")


@wrapping("the user: brotli -d", infected(), filename="eicar.com.br")
def brotli_file(file):
    return br(file.data)


@wrapping("the user: zstd -d, 7-Zip", infected(), filename="eicar.com.zst")
def zstd_under_none(file):
    return zstd(file.data)


@wrapping("wget saves it; the user: gunzip", infected(), encoding="br")
def gzip_under_br(file):
    return gz(file.data)


@wrapping("wget saves it; the user: zstd -d", infected(), encoding="gzip")
def zstd_under_gzip(file):
    return zstd(file.data)


@wrapping("curl --compressed; libraries that sniff zlib and gzip", infected(), encoding="gzip")
def zlib_under_gzip(file):
    return zlib.compress(file.data)


@wrapping("Chrome sniffs gzip under deflate", infected(), encoding="deflate")
def gzip_under_deflate(file):
    return gz(file.data)


@wrapping("every browser: what is there of a download is shown or saved", infected(),
          encoding="gzip")
def gzip_cut_before_its_end(file):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return packer.compress(file.data) + packer.flush(zlib.Z_SYNC_FLUSH)


@wrapping("every browser: the check sum is not looked at", infected(), encoding="gzip")
def gzip_with_wrong_checksum(file):
    return gz(file.data, crc=0xDEADBEEF, size=1)


@wrapping("every browser: the check sum is missing", infected(), encoding="gzip")
def gzip_without_trailer(file):
    return gz(file.data)[:-8]


@wrapping("every browser: what follows is ignored", infected(), encoding="gzip")
def gzip_with_trailing_garbage(file):
    return gz(file.data) + b"this is not a gzip member" * 4


@wrapping("gunzip, curl, Firefox: members are one stream", infected(), encoding="gzip")
def gzip_in_two_members(file):
    return gz(file.data[:30]) + gz(file.data[30:])


@wrapping("gunzip, curl, Firefox: members are one stream", infected(), encoding="gzip")
def gzip_after_an_empty_member(file):
    return gz(b"") + gz(file.data)


@wrapping(BROWSER, infected(), encoding="gzip")
def gzip_with_every_header_field(file):
    return gz(file.data, name=b"picture.png", comment=b"none", extra=b"AB\4\0abcd", hcrc=True)


@wrapping(BROWSER, infected(), encoding="gzip")
def gzip_with_an_endless_name(file):
    return gz(file.data, name=b"x" * 70000)


@wrapping(BROWSER, infected(), encoding="gzip")
def gzip_after_thousands_of_empty_blocks(file):
    head = b"\x1f\x8b\x08\0\0\0\0\0\2\3"
    return head + b"\0\0\0\xff\xff" * 20000 + raw_deflate(file.data) + \
        struct.pack("<II", zlib.crc32(file.data), len(file.data))


@wrapping("every browser, after the line break that some servers send first", infected(),
          encoding="gzip")
def gzip_behind_a_line_break(file):
    return b"\r\n" + gz(file.data)


@wrapping("every browser: the check sum is not looked at", infected(), encoding="deflate")
def zlib_with_wrong_checksum(file):
    return zlib.compress(file.data)[:-4] + b"\xde\xad\xbe\xef"


@wrapping("who has the dictionary", unscannable("encoding"), encoding="deflate")
def zlib_with_preset_dictionary(file):
    packer = zlib.compressobj(9, zlib.DEFLATED, 15, 8, 0, file.data)
    return packer.compress(file.data) + packer.flush()


@wrapping("every browser: what is there of a download is shown or saved", infected(),
          encoding="br")
def br_cut_before_its_end(file):
    return br(file.data, flush_only=True)


@wrapping("Chrome: what follows is ignored", infected(), encoding="br")
def br_with_trailing_garbage(file):
    return br(file.data) + b"garbage" * 8


@wrapping(BROWSER, infected(), encoding="br")
def br_uncompressed_block(file):
    return br_stored(file.data)


@wrapping("Chrome and Firefox: skippable frames are skipped", infected(), encoding="zstd")
def zstd_behind_skippable_frame(file):
    return zstd_skippable() + zstd(file.data)


@wrapping("Chrome and Firefox: frames are one stream", infected(), encoding="zstd")
def zstd_in_two_frames(file):
    return zstd(file.data[:20]) + zstd_skippable(b"\0" * 100) + zstd(file.data[20:])


@wrapping("Chrome and Firefox", infected(), encoding="zstd")
def zstd_with_checksum_and_no_size(file):
    return zstd(file.data, write_checksum=True, write_content_size=False)


@wrapping("every browser: what is there of a download is shown or saved", infected(),
          encoding="zstd")
def zstd_cut_behind_its_block(file):
    return zstd(file.data, write_checksum=True)[:-4]


@wrapping("who has the dictionary", unscannable("encoding", "container"), encoding="zstd")
def zstd_with_dictionary_id(file):
    return b"\x28\xb5\x2f\xfd\x21\x39" + bytes([len(file.data)]) + \
        ((len(file.data) << 3) | 1).to_bytes(3, "little") + bytes(b ^ 0x55 for b in file.data)


@wrapping("curl has it not, but browsers of old and the user's uncompress", infected(),
          encoding="compress")
def encoding_compress(file):
    return compress(file.data)


@wrapping("Chrome 130, with a dictionary from an earlier answer", unscannable("encoding"),
          encoding="dcz")
def encoding_shared_dictionary(file):
    return b"\x5e\x2a\x4d\x18\x20\0\0\0" + bytes(32) + zstd(bytes(b ^ 0x55 for b in file.data))


@wrapping("who has the key", unscannable("encoding"), encoding="aes128gcm")
def encoding_aes128gcm(file):
    return bytes(range(16)) + b"\0\0\x10\0\0" + bytes(b ^ 0xA5 for b in file.data)


@wrapping("a client of its own that knows the name", unscannable("encoding"), encoding="x-secret")
def encoding_unknown(file):
    return bytes(b ^ 0x55 for b in file.data)


@wrapping("a program that reads the header; the bytes are noise", unscannable("encoding"),
          encoding="gzip")
def noise_under_gzip(file):
    return bytes(b ^ 0xFF for b in gz(file.data))


@wrapping("every browser; a proxy left the transfer coding in the header", infected(),
          headers=("Transfer-Encoding: gzip, chunked",))
def transfer_encoding_gzip(file):
    return gz(file.data)


@wrapping("browsers; the encoded body holds a packed file", infected(), encoding="br",
          filename="eicar.com.gz")
def gzip_file_in_br(file):
    return br(gzip_module.compress(file.data, mtime=0))


@wrapping("every browser; the length is of another body", infected(), encoding="gzip", declared="5")
def gzip_with_short_content_length(file):
    return gz(file.data)


@wrapping("every browser; an empty body under gzip is an empty page", CLEAN, benign=None,
          encoding="gzip")
def empty_under_gzip(_file):
    return b""
