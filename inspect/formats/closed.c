/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/closed.h"

#include <string.h>
#include <strings.h>
#include <zlib.h>

#include "inspect/formats/be.h"
#include "inspect/formats/rarepacker.h"
#include "inspect/formats/volume.h"
#include "inspect/le.h"
#include "inspect/marks.h"
#include "inspect/pgpform.h"

#define CLOSED_CPRO_HEAD 8u
#define CLOSED_LZH_HEAD  64u /* bytes; the code's lengths take less */
#define CLOSED_LZH_CODES 19u
#define CLOSED_BPB       62u /* bytes of a boot sector that say how a FAT volume is laid out */

static const struct mark closed_marks[] = {
    {7, 7, "**ACE**"},
    {7, 5, "-sqx-"},
    {0, 4, "!BDN"}, /* Outlook's store of mails (PST, OST) */
    {0, 4, "SIT!"},
    {0, 7, "StuffIt"},
    {20, 4, "\xdc\xa7\xc4\xfd"}, /* zoo */
    {0, 3, "zPQ"},               /* ZPAQ */
    {0, 4, "7kSt"},              /* ZPAQ */
    {0, 4, "LRZI"},
    {0, 5, "RZIP\2"},
    {0, 4, "ArC\1"},
    {0, 4, "RE~^"}, /* RAR 1.4 */
    {0, 9, "\x89LZO\0\r\n\x1a\n"},
    {0, 8, "MSWIM\0\0\0"},
    {0, 4, "hsqs"},  /* squashfs */
    {32, 4, "NXSB"}, /* APFS */
    {0, 4, "sqsh"},
    {0, 8, "vhdxfile"},
    {0, 4, "KDMV"},
    {0, 8, "COWD\1\0\0\0"},
    {0, 4, "QFI\xfb"},
    {0, 4, "QED\0"},
    {0, 16, "WithoutFreeSpace"}, /* Parallels */
    {0, 16, "WithouFreSpacExt"},
    {0, 8, "EVF\x09\r\n\xff\0"},                /* EnCase */
    {0, 8, "\xcf\xad\x12\xfe\xc5\xfd\x74\x6f"}, /* mails of Outlook Express */
    {0, 8, "\x76\xe8\x04\x60\xc4\x11\xe3\x86"}, /* a mail with rights protection */
    {0, 10, "\xff\6\0\0sNaPpY"},
    {0, 4, "bvx-"}, /* LZFSE */
    {0, 4, "bvx1"},
    {0, 4, "bvx2"},
    {0, 4, "bvxn"},
    {0, 4, "pbzx"},
    {0, 4, "AA01"}, /* Apple Archive */
    {0, 4, "YAA1"},
    {0, 8, "sprs\0\0\0\3"}, /* a sparse image of macOS */
    {0, 5, "BZ3v1"},
    {0, 8, "conectix"},          /* VHD */
    {64, 4, "\x7f\x10\xda\xbe"}, /* VDI */
    {0, 8, "mozLz40\0"},
    {0, 4, "\x05\x22\x4d\x18"}, /* LZ5 */
    {0, 4, "\x06\x22\x4d\x18"}, /* Lizard */
    {0, 4, "GCAX"},
    {0, 4, "yz01"},
    {0, 4, "IsZ!"},
    {0, 6, "HLSQZ1"},
    {0, 4, "BH\5\7"}, /* BlakHole */
    {4, 4, "GZIP"},   /* BGA */
    {4, 4, "BZ2\0"},
    {0, 4, "UHA\5"},
    {0, 4, "UHA\6"},
    {0, 12, "CrAU\0\0\0\0\0\0\0\2"},    /* an update of Android: payload.bin */
    {0, 8, "\x3a\xff\x26\xed\1\0\0\0"}, /* a sparse image of Android */
    {0, 8, "WLPWM\0\0\0"},              /* WIM in a pipe */
    {4, 12, "SignedImage "},            /* FFU */
    {0, 8, "KWAJ\x88\xf0\x27\xd1"},     /* MS-DOS's compress */
    {0, 7, "SZ \x88\xf0\x27\x33"},
    {0, 8, "ITOLITLS"}, /* help and books of Microsoft's */
    {0, 6,
     "N\xf5"
     "F\xe9l\xe5"}, /* NuFX */
    {0, 10, "KGB_arch -"},
    {0, 8, "NanoZip "},
    {0, 4, "LZX\0"}, /* Amiga */
    {0, 22, "Bochs Virtual HD Image"},
    {0, 23, "#!/bin/sh\n#V2.0 Format\n"}, /* cloop */
    {0, 15, "partclone-image"},
    {0, 8, "BORG_SEG"},
    {0, 8, "DAA\0\0\0\0\0"}, /* images of discs */
    {0, 8, "CISO\0\0\0\0"},
    {0, 8, "CISO\x18\0\0\0"},
    {0, 8, "AFF10\r\n\0"},  /* images of disks */
    {0, 8, "DMS!\0\0\0\0"}, /* Amiga */
    {0, 0, NULL},
};

static bool closed_is_power(uint32_t number)
{
    return number != 0 && (number & (number - 1)) == 0;
}

/* ARC: a mark, a method, a file name with its NUL, and a size that fits. */
static bool closed_arc(const uint8_t *data, size_t length)
{
    const uint8_t *end;
    size_t i;

    if (length < 31 || data[0] != 0x1a || (data[1] & 0x7f) < 1 || (data[1] & 0x7f) > 11)
        return false; /* Spark sets the first bit */
    end = memchr(data + 2, 0, 13);
    if (end == NULL || end == data + 2)
        return false;
    for (i = 2; data + i < end; i++)
        if (data[i] <= ' ' || data[i] == 0x7f)
            return false;
    return le32(data + 15) <= length - 29;
}

/* pack(1): nothing becomes more than eight times smaller by a code of whole bits. */
static bool closed_pack(const uint8_t *data, size_t length)
{
    return length >= 8 && data[0] == 0x1f && data[1] == 0x1e && be32(data + 2) > 0 &&
           be32(data + 2) <= (uint64_t)length * 8 && (uint64_t)be32(data + 2) * 8 > length / 8;
}

/* HA: a count of members, and the kind of the first one. */
static bool closed_ha(const uint8_t *data, size_t length)
{
    return length >= 21 && memcmp(data, "HA", 2) == 0 && le16(data + 2) > 0 &&
           le16(data + 2) < 0x800 && memchr("\x20\x21\x22\x2e\x2f", data[4], 5) != NULL;
}

/* PEA: a mark of one byte, the format's version, and one of its revisions. */
static bool closed_pea(const uint8_t *data, size_t length)
{
    return length >= 10 && data[0] == 0xea && data[1] == 1 && data[2] <= 6 && data[3] <= 3;
}

/* Compact Pro: the first volume, and a directory within the file. */
static bool closed_compactpro(const uint8_t *data, size_t length)
{
    const uint32_t directory = length >= CLOSED_CPRO_HEAD ? be32(data + 4) : 0;

    return length >= 32 && data[0] == 1 && data[1] == 1 && directory >= CLOSED_CPRO_HEAD &&
           directory < length - 6 && length - directory < 65536 && data[directory + 6] < 64 &&
           be32(data + directory) ==
               (uint32_t)(~crc32(0, data + directory + 4, (uInt)(length - directory - 4)));
}

/* LHA's methods of PMarc. */
static bool closed_pma(const uint8_t *data, size_t length)
{
    return length >= 24 && memcmp(data + 2, "-pm", 3) == 0 && data[6] == '-' && data[20] <= 2 &&
           le32(data + 7) <= length && (data[20] == 2 || data[21] + 22u <= data[0]);
}

/* The bits of gzip's old LZH format, from the left. */
static unsigned closed_bits(const uint8_t *data, size_t *at, unsigned count)
{
    unsigned bits = 0;

    for (; count > 0; count--, (*at)++)
        bits = bits << 1 | (data[*at / 8] >> (7 - *at % 8) & 1u);
    return bits;
}

/* "compress -H": a mark, a block's size, and a code whose lengths are those of a full tree. */
static bool closed_lzh(const uint8_t *data, size_t length)
{
    size_t at = 32;
    unsigned count, i, width, sum = 0;

    if (length < CLOSED_LZH_HEAD || memcmp(data, "\x1f\xa0", 2) != 0 || be16(data + 2) == 0)
        return false;
    count = closed_bits(data, &at, 5);
    if (count > CLOSED_LZH_CODES)
        return false;
    for (i = 0; i < count; i++) {
        width = closed_bits(data, &at, 3);
        while (width >= 7 && width < 16 && closed_bits(data, &at, 1))
            width++;
        sum += width > 0 ? 0x10000u >> width : 0;
        if (i == 2)
            i += closed_bits(data, &at, 2);
    }
    return count == 0 ? closed_bits(data, &at, 5) < CLOSED_LZH_CODES : sum == 0x10000;
}

/* PackIt: a mark of letters, then a name whose length a text would not have there. */
static bool closed_packit(const uint8_t *data, size_t length)
{
    return length >= 98 && (memcmp(data, "PMag", 4) == 0 || memcmp(data, "PMa4", 4) == 0) &&
           data[4] > 0 && data[4] < ' ';
}

/* dar: a number, a label of ten bytes, whether it is the last slice, what is in its header. */
static bool closed_dar(const uint8_t *data, size_t length)
{
    return length >= 64 && be32(data) == 123 && memchr("NTE", data[14], 3) != NULL &&
           memchr("NST", data[15], 3) != NULL;
}

static bool closed_cramfs(const uint8_t *data, size_t length)
{
    return length >= 32 && memcmp(data + 16, "Compressed ROMFS", 16) == 0 &&
           (memcmp(data, "\x45\x3d\xcd\x28", 4) == 0 || memcmp(data, "\x28\xcd\x3d\x45", 4) == 0);
}

static bool closed_xfs(const uint8_t *data, size_t length)
{
    return length >= 8 && memcmp(data, "XFSB", 4) == 0 && closed_is_power(be32(data + 4)) &&
           be32(data + 4) >= 512 && be32(data + 4) <= 65536;
}

/* A FAT volume is known by its measures: the text "FAT16" in it means nothing. */
static bool closed_fat(const uint8_t *data, size_t length)
{
    unsigned sector, reserved;

    if (length < 1024 || !(data[0] == 0xe9 || (data[0] == 0xeb && data[2] == 0x90)))
        return false;
    sector = le16(data + 11);
    reserved = le16(data + 14);
    return closed_is_power(sector) && sector >= 512 && sector <= 4096 &&
           closed_is_power(data[13]) && reserved > 0 && data[16] >= 1 && data[16] <= 4 &&
           (data[21] == 0xf0 || data[21] >= 0xf8) && (uint64_t)reserved * sector + 3 <= length &&
           data[(size_t)reserved * sector] == data[21] &&
           data[(size_t)reserved * sector + 1] == 0xff;
}

/* One of the four entries of a partition table: a state of two, a type, a place on the disk. */
static bool closed_partition(const uint8_t *entry, size_t length)
{
    const uint32_t begin = le32(entry + 8);

    return (entry[0] == 0 || entry[0] == 0x80) && entry[4] != 0 && begin > 0 &&
           (uint64_t)begin * 512 < length;
}

/* Images of disks and file systems, which hold files in pieces. */
static bool closed_disk(const uint8_t *data, size_t length)
{
    if (length >= 1024 && memcmp(data + length - 512, "conectix", 8) == 0)
        return true;
    if (length >= 2048 && data[1080] == 0x53 && data[1081] == 0xef && data[1082] <= 4 &&
        data[1083] == 0 && memcmp(data, "\0\0\0\0", 4) == 0)
        return true; /* ext2, 3, 4 */
    if (closed_fat(data, length))
        return true;
    if (length < 1024 || data[510] != 0x55 || data[511] != 0xaa)
        return false;
    return memcmp(data + 3, "NTFS    ", 8) == 0 || memcmp(data + 3, "EXFAT   ", 8) == 0 ||
           memcmp(data + 54, "FAT1", 4) == 0 || memcmp(data + 82, "FAT32", 5) == 0 ||
           (closed_partition(data + 446, length) && (data[462] == 0 || data[462] == 0x80));
}

/* Does it inflate to something that begins like a packet of OpenPGP? */
static bool closed_inflates_to_pgp(const uint8_t *data, size_t length, int window)
{
    z_stream stream = {.next_in = (Bytef *)(uintptr_t)data,
                       .avail_in = (uInt)(length < 4096 ? length : 4096)};
    uint8_t out[64];
    int code;

    if (inflateInit2(&stream, window) != Z_OK)
        return true; /* unknown is not harmless */
    stream.next_out = out;
    stream.avail_out = sizeof out;
    code = inflate(&stream, Z_SYNC_FLUSH);
    inflateEnd(&stream);
    return (code == Z_OK || code == Z_STREAM_END || code == Z_BUF_ERROR) &&
           stream.avail_out < sizeof out && (out[0] & 0x80);
}

/* OpenPGP content that is not encrypted but compressed or in pieces. */
static bool closed_packed_pgp(const uint8_t *data, size_t length)
{
    struct pgpform_header header;

    if (length < 16)
        return false;
    if (data[0] == 0xa3 && data[1] == 3)
        return memcmp(data + 2, "BZh", 3) == 0;
    if (data[0] == 0xa3)
        return (data[1] == 1 || data[1] == 2) &&
               closed_inflates_to_pgp(data + 2, length - 2, data[1] == 1 ? -15 : 15);
    return pgpform_header(data, length, &header) && header.tag == PGPFORM_LITERAL &&
           length - header.begin > 8 && data[header.begin + 1] < 64 &&
           (header.is_partial || header.size <= length - header.begin) &&
           pgpform_begins_literal(data + header.begin, length - header.begin);
}

bool closed_is_marked(const uint8_t *data, size_t length)
{
    return marks_any(closed_marks, data, length) || closed_cramfs(data, length) ||
           closed_xfs(data, length) || closed_pma(data, length) || closed_packit(data, length) ||
           closed_dar(data, length) || rarepacker_is_marked(data, length);
}

bool closed_is(const uint8_t *data, size_t length)
{
    return volume_is(data, length) || closed_arc(data, length) || closed_pack(data, length) ||
           closed_ha(data, length) || closed_pea(data, length) || closed_compactpro(data, length) ||
           closed_lzh(data, length) || closed_disk(data, length) ||
           closed_packed_pgp(data, length) || rarepacker_is(data, length);
}

bool closed_is_named(const uint8_t *data, size_t length, const char *name)
{
    static const struct {
        const char *ending, *mark; /* of two bytes */
    } named[] = {{".cpt", "\1\1"},    {".compactpro", "\1\1"}, {".z", "\x1f\xa0"},
                 {".gz", "\x1f\xa0"}, {".z", "\x1f\x1e"},      {".gz", "\x1f\x1e"},
                 {".arc", "\x1a\1"},  {".arc", "\x1a\2"},      {".arc", "\x1a\x8"},
                 {".arc", "\x1a\x9"}, {".ha", "HA"},           {".pea", "\xea\1"}};
    const char *dot = name != NULL ? strrchr(name, '.') : NULL;
    size_t i;

    if (dot == NULL || length < 2)
        return false;
    for (i = 0; i < sizeof named / sizeof named[0]; i++)
        if (strcasecmp(dot, named[i].ending) == 0 && memcmp(data, named[i].mark, 2) == 0)
            return true;
    return false;
}
