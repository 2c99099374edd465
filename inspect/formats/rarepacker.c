/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/rarepacker.h"

#include <ctype.h>
#include <string.h>

#include "inspect/formats/be.h"
#include "inspect/le.h"
#include "inspect/marks.h"

#define RAREPACKER_LEAST  64u     /* bytes: less holds no file */
#define RAREPACKER_NAME   12u     /* characters of a name of CP/M or MS-DOS */
#define RAREPACKER_SECTOR 2352u   /* bytes of a sector of a disc with its own check sums */
#define RAREPACKER_FLOPPY 901120u /* bytes of one of Amiga's; there are some of twice that */

static const struct mark rarepacker_marks[] = {
    {0, 4, "\x8f\xaf\xac\x84"}, /* PPMd */
    {10, 4, "rLau"},            /* StuffIt, whatever the first bytes say */
    {0, 4, "\xab\xcd\0\x54"},   /* DiskDoubler */
    {0, 5, "\x1aJar\x1b"},
    {0, 4, "LIM\x1a"},
    {0, 4, "UC2\x1a"},
    {0, 5, "RKive"},
    {0, 4, "IMP\x0a"},
    {0, 4, "SBC\x1b"},
    {0, 4, "BIX0"},
    {0, 6, "ASD01\x1a"},
    {0, 9, "JRchive\x1a"},
    {0, 8, "\x13\x5d\x65\x8c\x3a\1\2\0"}, /* InstallShield 3 */
    {0, 4, "DCT\xc3"},                    /* DACT */
    {0, 4, "BCM!"},
    {0, 7, "paq8px\0"},
    {0, 4, "\xd6\xc3\xc4\0"}, /* VCDIFF: a patch holds all that is new in a file */
    {0, 4, "\xd6\xc3\xc4S"},
    {0, 6, "%XDZ00"},
    {0, 7, "drpmDLT"},
    {0, 8, "flatpak\0"},
    {0, 4, "\x09\0\x6b\xea"}, /* backups of AIX */
    {0, 4, "\x09\0\x6b\xec"},
    {0, 4, "JMF6"}, /* mails of Outlook Express 4 */
    {0, 4, "JMF9"},
    {0, 4, "shsq"}, /* SquashFS of other programs */
    {0, 4, "qshs"},
    {0, 4, "hsqt"},
    {0, 4, "tqsh"},
    {0, 8, "\x37\xe4\x53\x96\xc9\xdb\xd6\7"}, /* zisofs */
    {3, 8, "ReFS\0\0\0\0"},
    {4096, 4, "gDla"}, /* a partition of partitions of Android */
    {0, 8, "ZISO\x18\0\0\0"},
    {0, 4, "JISO"},
    {0, 4, "WUX0"},
    {0, 4, "WIA\1"},
    {0, 4, "RVZ\1"},
    {0, 4, "\1\xc0\x0b\xb1"},
    {0, 8, "MComprHD"},
    {0, 17, "MEDIA DESCRIPTOR\1"},
    {0, 17, "MEDIA DESCRIPTOR\2"},
    {0, 16, "BWT5 STREAM SIGN"},
    {0, 16, "ADSEGMENTEDFILE\0"},
    {0, 8, "EVF2\r\n\x81\0"}, /* EnCase */
    {0, 8, "LVF\x09\r\n\xff\0"},
    {0, 4, "FsA0"},
    {0, 4, "\xb4\x6e\x68\x44"}, /* True Image */
    {0, 0, NULL},
};

/* The formats of zstd before it was finished. */
static bool rarepacker_early_zstd(const uint8_t *data)
{
    return (data[0] >= 0x22 && data[0] <= 0x27 && memcmp(data + 1, "\xb5\x2f\xfd", 3) == 0) ||
           memcmp(data, "\xfd\x2f\xb5\x1e", 4) == 0;
}

/* A name as CP/M and MS-DOS had them, and its NUL. */
static bool rarepacker_is_name(const uint8_t *name)
{
    unsigned i, dots = 0;

    for (i = 0; i <= RAREPACKER_NAME && name[i] != '\0'; i++) {
        if (!isalnum(name[i]) && strchr("._-$#!~", name[i]) == NULL)
            return false;
        dots += name[i] == '.';
    }
    return i > 0 && i <= RAREPACKER_NAME && dots == 1;
}

/* Squeeze and Crunch: a name follows the mark, or its sum. */
static bool rarepacker_squeezed(const uint8_t *data)
{
    return data[0] == 0x76 &&
           ((data[1] == 0xff && rarepacker_is_name(data + 4)) ||
            ((data[1] == 0xfe || data[1] == 0xfd) && rarepacker_is_name(data + 2)));
}

/* LBR: its directory is its first member, with a name of blanks. */
static bool rarepacker_lbr(const uint8_t *data)
{
    return memcmp(data, "\0           \0\0", 14) == 0 && le16(data + 14) > 0;
}

/* PowerPacker: how many bits offsets have. XPK: the length of all, and how it is packed. */
static bool rarepacker_amiga(const uint8_t *data, size_t length)
{
    unsigned i, right = 0;

    if (memcmp(data, "PP20", 4) == 0 || memcmp(data, "PX20", 4) == 0)
        for (i = data[1] == 'P' ? 4 : 6; i < (data[1] == 'P' ? 8u : 10u); i++)
            right += data[i] >= 7 && data[i] <= 16;
    if (memcmp(data, "XPKF", 4) == 0)
        return be32(data + 4) <= length && isalnum(data[8]) && isalnum(data[9]);
    return right == 4 || (memcmp(data, "DOS", 3) == 0 && data[3] <= 7 &&
                          (length == RAREPACKER_FLOPPY || length == 2 * RAREPACKER_FLOPPY));
}

/* A disc with all that stands in its sectors: each begins with the same twelve bytes. */
static bool rarepacker_sectors(const uint8_t *data, size_t length)
{
    static const uint8_t begin[12] = {0,    0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 0xff, 0};

    return length >= 2 * RAREPACKER_SECTOR && memcmp(data, begin, sizeof begin) == 0 &&
           memcmp(data + RAREPACKER_SECTOR, begin, sizeof begin) == 0;
}

/* Images of discs whose head stands at their end. */
static bool rarepacker_ends(const uint8_t *data, size_t length)
{
    const uint8_t *end = data + length;

    if (memcmp(end - 12, "NER5", 4) == 0)
        return be32(end - 8) == 0 && be32(end - 4) < length - 12;
    if (memcmp(end - 8, "NERO", 4) == 0)
        return be32(end - 4) < length - 8;
    return memcmp(end - 64, "bbis", 4) == 0 ||
           (le32(end - 8) >= 0x80000004 && le32(end - 8) <= 0x80000006 && le32(end - 4) > 0 &&
            le32(end - 4) < length);
}

bool rarepacker_is_marked(const uint8_t *data, size_t length)
{
    return length >= RAREPACKER_LEAST &&
           (marks_any(rarepacker_marks, data, length) || rarepacker_early_zstd(data));
}

bool rarepacker_is(const uint8_t *data, size_t length)
{
    return length >= RAREPACKER_LEAST &&
           (rarepacker_squeezed(data) || rarepacker_lbr(data) || rarepacker_amiga(data, length) ||
            rarepacker_sectors(data, length) || rarepacker_ends(data, length));
}
