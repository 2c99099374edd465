# SPDX-License-Identifier: GPL-2.0-or-later
"""Single compressed or text-encoded files, as downloads and in a zip."""

import bz2
import gzip
import lzma
import struct

from bypass.formats import packs
from bypass.formats.zips import Entry, write
from bypass.wrapping import CLEAN_OR_DAMAGED, add, infected, infected_or, unscannable, wrapping

PACKERS = (
    ("gz", lambda f: packs.gz(f.data, name=f.name.encode()), "gunzip, 7-Zip, macOS"),
    ("bz2", lambda f: bz2.compress(f.data), "bunzip2, 7-Zip, macOS"),
    ("xz", lambda f: lzma.compress(f.data), "unxz, 7-Zip"),
    ("lzma", lambda f: lzma.compress(f.data, lzma.FORMAT_ALONE), "unlzma, 7-Zip"),
    ("lz", lambda f: packs.lzip(f.data), "lzip, 7-Zip"),
    ("zst", lambda f: packs.zstd(f.data), "unzstd, 7-Zip"),
    ("lz4", lambda f: packs.lz4(f.data), "unlz4"),
    ("Z", lambda f: packs.compress(f.data), "uncompress, gunzip, 7-Zip"),
    ("br", lambda f: packs.br(f.data), "brotli -d, PeaZip"),
    ("uu", lambda f: packs.uu(f.data, f.name), "uudecode, WinZip, bsdtar"),
)
for suffix, make, opens in PACKERS:
    add(make, "file-" + suffix, opens, infected(), family="streams", filename="eicar.com." + suffix)
    add(lambda file, make=make, suffix=suffix: write([Entry("eicar.com." + suffix, make(file), 8)]),
        "file-" + suffix + "-in-zip", opens, infected(), family="streams", filename="x.zip")


@wrapping("unlz4", infected_or("container"), filename="eicar.com.lz4")
def file_lz4_legacy(file):
    return packs.lz4_legacy(file.data)


# Was clean: taken for zstd, whose skippable frames are the same.
@wrapping("unlz4", unscannable("container"), filename="eicar.com.lz4")
def file_lz4_behind_skippable_frame(file):
    return b"\x53\x2a\x4d\x18" + struct.pack("<I", 4) + b"junk" + packs.lz4(packs.gz(file.data))


@wrapping("lzop -d", unscannable("container"), filename="eicar.com.lzo")
def file_lzop(file):
    return packs.lzop(file.data, file.name)


@wrapping("snzip -d, Hadoop", unscannable("container"), filename="eicar.com.sz")
def file_snappy(file):
    return packs.snappy_framed(file.data)


@wrapping("lrzip -d", unscannable("container"), filename="eicar.com.lrz")
def file_lrzip(file):
    return b"LRZI\0\6" + bytes(18) + file.data


@wrapping("uudecode", infected_or("container"), filename="eicar.uue")
def file_uuencoded_in_base64(file):
    return packs.uu_base64(file.data, file.name)


@wrapping("StuffIt Expander, macOS of old, The Unarchiver", infected(), filename="eicar.hqx")
def file_binhex(file):
    return packs.binhex(file.data, file.name)


@wrapping("yydecode, news readers", infected_or("container"), filename="eicar.yenc")
def file_yenc(file):
    return packs.yenc(file.data, file.name)


@wrapping("gunzip: the file broke off behind the bytes", infected(), benign=CLEAN_OR_DAMAGED,
          filename="eicar.com.gz")
def file_gz_cut(file):
    return packs.gz(file.data)[:-6]


@wrapping("bzip2recover; 7-Zip with a warning", infected_or("container", "malformed"),
          benign=CLEAN_OR_DAMAGED, filename="eicar.com.bz2")
def file_bz2_cut(file):
    return bz2.compress(file.data)[:-4]


@wrapping("xzcat writes the block before it complains; 7-Zip too", infected_or("container", "malformed"),
          benign=CLEAN_OR_DAMAGED, filename="eicar.com.xz")
def file_xz_cut(file):
    return lzma.compress(file.data)[:-20]


@wrapping("gunzip: members are one file", infected(), filename="eicar.com.gz")
def file_gz_in_two_members(file):
    return packs.gz(file.data[:34]) + packs.gz(file.data[34:])


@wrapping("bunzip2: streams are one file", infected_or("container"), filename="eicar.com.bz2")
def file_bz2_in_two_streams(file):
    return bz2.compress(file.data[:34]) + bz2.compress(file.data[34:])


@wrapping("unxz: streams are one file", infected_or("container"), filename="eicar.com.xz")
def file_xz_in_two_streams(file):
    return lzma.compress(file.data[:34]) + lzma.compress(file.data[34:])


@wrapping("unzstd: frames are one file", infected(), filename="eicar.com.zst")
def file_zst_behind_skippable_frame(file):
    return packs.zstd_skippable() + packs.zstd(file.data)


@wrapping("gunzip twice, 7-Zip twice", infected(), filename="eicar.com.gz.xz")
def file_gz_in_bz2_in_xz(file):
    return lzma.compress(bz2.compress(gzip.compress(file.data, mtime=0)))
