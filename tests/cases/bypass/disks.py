# SPDX-License-Identifier: GPL-2.0-or-later
"""Disk images, which Windows and macOS open with a double click."""

import gzip
import struct

from bypass.formats import disks, rar
from bypass.formats.zips import Entry, write
from bypass.polyglots import packed
from bypass.wrapping import CLEAN_OR_DAMAGED, add, infected, infected_or, unscannable, wrapping

ISO = {"filename": "invoice.iso"}


@wrapping("Windows and macOS mount it; 7-Zip", infected(), **ISO)
def iso_plain(file):
    return disks.iso(file.name, file.data)


@wrapping("Windows mounts it and reads the Joliet tree only", infected(), **ISO)
def iso_joliet_only(file):
    return disks.iso(file.name, file.data, joliet=True)


@wrapping("Windows, behind an unzip", infected(), filename="x.zip")
def iso_in_zip(file):
    return write([Entry("invoice.iso", disks.iso(file.name, file.data), 8)])


@wrapping("Windows mounts it; 7-Zip", infected("udf > eicar.com"), filename="invoice.img")
def udf_plain(file):
    return disks.udf(file.name, file.data)


@wrapping("Windows mounts it", infected("udf > eicar.com.gz*"), filename="invoice.img")
def udf_with_packed_file(file):
    return disks.udf(*packed(file))


@wrapping("Windows reads the UDF tree of a disc that has both", infected("udf > eicar.com.gz*"), **ISO)
def udf_beside_iso(file):
    return disks.bridge(*packed(file))


@wrapping("7-Zip, any Linux", unscannable("container"), **ISO)
def udf_damaged_beside_iso(file):
    image = bytearray(disks.bridge(*packed(file)))
    image[256 * disks.SECTOR:257 * disks.SECTOR] = bytes(disks.SECTOR)
    return bytes(image)


# The first 32 KiB of a disc are nobody's.
for name, front in (("zip", write([Entry("note.txt", b"a note\n")])), ("gz", gzip.compress(b"a note\n", mtime=0)),
                    ("rar", rar.rar5("note.txt", b"a note\n")), ("program", b"MZ"), ("pdf", b"%PDF-1.4\n")):
    add(lambda file, front=front: front + disks.bridge(*packed(file))[len(front):], "udf-behind-" + name,
        "Windows mounts it", infected("udf > eicar.com.gz*"), family="disks", benign=CLEAN_OR_DAMAGED, **ISO)
    add(lambda file, front=front: front + disks.iso(*packed(file))[len(front):], "iso-behind-" + name,
        "Windows mounts it", infected(), family="disks", benign=CLEAN_OR_DAMAGED, **ISO)


def boxed(box):
    return lambda file: box(disks.mbr(disks.fat(file.data)))


IMAGES = (
    ("fat", lambda file: disks.fat(file.data), "7-Zip, mtools, macOS", "x.img"),
    ("mbr-fat", boxed(bytes), "7-Zip; any system, once it is on a stick", "x.img"),
    ("vhd-fixed", boxed(disks.vhd), "Windows mounts it by double click", "x.vhd"),
    ("vhd-dynamic", boxed(disks.vhd_dynamic), "Windows mounts it by double click", "x.vhd"),
    ("qcow2", boxed(disks.qcow2), "7-Zip, qemu", "x.qcow2"),
    ("dmg-fat", lambda file: disks.dmg(disks.fat(file.data)), "macOS by double click; 7-Zip", "x.dmg"),
    ("dmg-fat-zlib", lambda file: disks.dmg(disks.fat(file.data), True),
     "macOS by double click; 7-Zip", "x.dmg"),
    ("dmg-xz", lambda file: disks.dmg(disks.fat(file.data), "xz"), "macOS by double click; 7-Zip", "x.dmg"),
    ("dmg-apfs", lambda file: disks.dmg(disks.apfs(gzip.compress(file.data, mtime=0)), True,
                                        "disk image (Apple_APFS : 1)"), "macOS by double click", "x.dmg"),
    ("apfs", lambda file: disks.apfs(gzip.compress(file.data, mtime=0)), "macOS", "x.img"),
    ("squashfs", lambda file: disks.squashfs(file.name, file.data), "unsquashfs, Linux", "x.sqfs"),
    ("vhdx", lambda file: b"vhdxfile" + bytes(65528) + b"head" + bytes(4092) + file.data,
     "Windows mounts it by double click", "x.vhdx"),
    ("vmdk", lambda file: b"KDMV\1\0\0\0\3\0\0\0" + bytes(500) + file.data, "7-Zip, VMware", "x.vmdk"),
    ("vdi", lambda file: b"<<< Oracle VM VirtualBox Disk Image >>>\n".ljust(64, b"\0") +
     b"\x7f\x10\xda\xbe" + bytes(444) + file.data, "7-Zip, VirtualBox", "x.vdi"),
    ("ntfs", lambda file: b"\xeb\x52\x90NTFS    \0\2\x08".ljust(510, b"\0") + b"\x55\xaa" +
     bytes(8192) + file.data, "7-Zip, any Windows", "x.img"),
    ("ext4", lambda file: bytes(1024) + struct.pack("<6II28xHHH", 16, 64, 3, 40, 4, 1, 0, 0xEF53, 1, 1) +
     bytes(960) + file.data,
     "7-Zip, any Linux", "x.img"),
)
for name, make, opens, filename in IMAGES:
    add(make, "image-" + name, opens, infected_or("container"), family="disks", filename=filename,
        benign=None)


# Was clean: the program's own bytes stand in front of the file system.
for name, front in (("appimage", b"\x7fELF\2\1\1\0AI\2" + bytes(3000)), ("script", b"#!/bin/sh\nexit 0\n")):
    add(lambda file, front=front: front + disks.squashfs(file.name, gzip.compress(file.data, mtime=0)),
        "image-squashfs-behind-" + name, "Linux: an AppImage mounts what it carries", infected_or("container"),
        family="disks", filename="x.AppImage", benign=None)


@wrapping("macOS, with the password", unscannable("encrypted"), filename="x.dmg")
def image_dmg_encrypted(file):
    return b"encrcdsa\0\0\0\2" + bytes(500) + bytes(b ^ 0x77 for b in file.data)


@wrapping("Windows, behind an unzip", infected_or("container"), benign=None,
          filename="x.zip")
def image_vhd_in_zip(file):
    return write([Entry("x.vhd", boxed(disks.vhd)(file), 8)])
