/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/kind.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "inspect/formats/asar.h"
#include "inspect/formats/closed.h"
#include "inspect/formats/cms.h"
#include "inspect/formats/dmg.h"
#include "inspect/formats/forks.h"
#include "inspect/formats/pgp.h"
#include "inspect/formats/pyinstaller.h"
#include "inspect/formats/tar.h"
#include "inspect/le.h"
#include "inspect/encrypted.h"
#include "inspect/pgpform.h"

struct kind_magic {
    unsigned offset;
    unsigned length;
    const char *bytes;
    enum kind kind;
};

/* In this order; the first that fits counts. */
static const struct kind_magic magics[] = {
    {0, 4, "PK\3\4", KIND_ZIP},
    {0, 4, "PK\5\6", KIND_ZIP},
    {0, 8, "PK00PK\3\4", KIND_ZIP},
    {0, 8, "PK\7\10PK\3\4", KIND_ZIP},
    {0, 6, "7z\xbc\xaf\x27\x1c", KIND_7Z},
    {0, 6, "Rar!\x1a\7", KIND_RAR},
    {257, 5, "ustar", KIND_TAR},
    {0, 5, "07070", KIND_CPIO},
    {0, 8, "MSCF\0\0\0\0", KIND_CAB},
    {2, 3, "-lh", KIND_LHA},
    {2, 3, "-lz", KIND_LHA},
    {0, 4, "xar!", KIND_XAR},
    {0, 5, "%PDF-", KIND_PDF},
    {0, 5, "%FDF-", KIND_PDF},
    {0, 4, "{\\rt", KIND_RTF},
    {0, 4, "EGGA", KIND_EGG},
    {0, 4, "ALZ\1", KIND_ALZ},
    {0, 4, "\x78\x9f\x3e\x22", KIND_TNEF},
    {0, 10, "ActiveMime", KIND_ACTIVEMIME},
    {0, 8, "ITSF\3\0\0\0", KIND_CHM},
    {0, 16, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", KIND_ONENOTE},
    {0, 2, "\x60\xea", KIND_ARJ},
    {0, 3, "\x1f\x8b\x08", KIND_GZIP},
    {0, 3, "BZh", KIND_BZIP2},
    {0, 6, "\xfd\x37zXZ\0", KIND_XZ},
    {0, 8, "!<arch>\n", KIND_AR},
    {0, 4, "\xed\xab\xee\xdb", KIND_RPM},
    {0, 7, "WARC/1.", KIND_WARC},
    {0, 8, "\0\5\x16\0\0\2\0\0", KIND_APPLESINGLE},
    {0, 8, "\0\5\x16\0\0\1\0\0", KIND_APPLESINGLE},
    {0, 8, "\0\5\x16\7\0\2\0\0", KIND_APPLESINGLE},
    {0, 8, "PACK\0\0\0\2", KIND_GITPACK},
    {0, 8, "PACK\0\0\0\3", KIND_GITPACK},
    {0, 4, "\x28\xb5\x2f\xfd", KIND_ZSTD},
    {0, 4, "LZIP", KIND_LZIP},
    {0, 4, "\x04\x22\x4d\x18", KIND_LZ4},
    {0, 4, "\x02\x21\x4c\x18", KIND_LZ4},
    {0, 2, "\x1f\x9d", KIND_COMPRESS},
};

#define KIND_SECTOR 2048u
#define KIND_VOLUME (16u * KIND_SECTOR) /* where the descriptors of a disc begin */

int kind_has_suffix(const char *name, const char *suffix)
{
    size_t length = name != NULL ? strlen(name) : 0, tail = strlen(suffix);

    return length > tail && strcasecmp(name + length - tail, suffix) == 0;
}

/* The old .lzma format has no magic, only a header that is mostly the same: properties, a
 * dictionary of one or three times a power of two, then the length, or all ones; and the first
 * byte of its content is 0. */
static int kind_is_lzma(const uint8_t *data, size_t length)
{
    uint32_t dictionary;
    uint64_t size;

    if (length < 18 || data[0] >= 9 * 5 * 5 || data[13] != 0)
        return 0;
    dictionary = le32(data + 1);
    size = le64(data + 5);
    if (dictionary % 3 == 0)
        dictionary /= 3;
    return (dictionary == UINT32_MAX / 3 ||
            (dictionary >= 1024 && (dictionary & (dictionary - 1)) == 0)) &&
           (size == UINT64_MAX || (size > 0 && size < UINT64_C(1) << 40));
}

/* The old binary cpio: its mark has two bytes, so the header must hold. */
static int kind_is_cpio(const uint8_t *data, size_t length)
{
    const int swapped = length >= 28 && data[0] == 0x71;
    unsigned mode, name;

    if (length < 28 || (memcmp(data, "\xc7\x71", 2) != 0 && memcmp(data, "\x71\xc7", 2) != 0))
        return 0;
    mode = swapped ? (unsigned)data[6] << 8 | data[7] : le16(data + 6);
    name = swapped ? (unsigned)data[20] << 8 | data[21] : le16(data + 20);
    return (mode >> 12 == 1 || mode >> 12 == 2 || mode >> 12 == 4 || mode >> 12 == 6 ||
            mode >> 12 == 8 || mode >> 12 == 10 || mode >> 12 == 12 || mode >> 12 == 0) &&
           name >= 2 && name < 4096 && length - 26 >= name && data[26] != 0 &&
           data[26 + name - 1] == 0;
}

/* CMS or PKCS#7 with content in the open: signed, digested, compressed, authenticated or
 * time-stamped data. */
static int kind_is_cms(const uint8_t *data, size_t length)
{
    static const uint8_t pkcs7[] = {0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07};
    static const uint8_t smime[] = {0x06, 0x0b, 0x2a, 0x86, 0x48, 0x86,
                                    0xf7, 0x0d, 0x01, 0x09, 0x10, 0x01};
    size_t head = length < 24 ? length : 24;
    const uint8_t *found;

    if (length < 24 || data[0] != 0x30)
        return 0;
    found = memmem(data, head - 1, pkcs7, sizeof pkcs7);
    if (found != NULL)
        return found[sizeof pkcs7] == 2 || found[sizeof pkcs7] == 5;
    found = memmem(data, head - 1, smime, sizeof smime);
    if (found == NULL)
        return 0;
    return found[sizeof smime] == 2 || found[sizeof smime] == 9 || found[sizeof smime] == 31;
}

int kind_has_iso(const uint8_t *data, size_t length)
{
    return length >= KIND_VOLUME + KIND_SECTOR && memcmp(data + KIND_VOLUME + 1, "CD001", 5) == 0;
}

int kind_has_udf(const uint8_t *data, size_t length)
{
    size_t at, i;

    for (at = KIND_VOLUME; at + KIND_SECTOR <= length; at += KIND_SECTOR) {
        if (memcmp(data + at + 1, "NSR0", 4) == 0)
            return 1;
        for (i = 1; i <= 5; i++) /* the list of standards goes on as long as there are names */
            if (!isalnum(data[at + i]))
                return 0;
    }
    return 0;
}

int kind_has_zip_end(const uint8_t *data, size_t length)
{
    size_t tail = length < 65557 ? length : 65557;

    return length >= 22 && memmem(data + length - tail, tail, "PK\5\6", 4) != NULL;
}

/* A frame that unpackers of zstd and of lz4 skip; both have the same ones. */
static int kind_has_skippable(const uint8_t *data, size_t length)
{
    return length >= 8 && (data[0] & 0xf0) == 0x50 && memcmp(data + 1, "\x2a\x4d\x18", 3) == 0;
}

/* Whose file it is, the first other frame tells. */
static enum kind kind_behind_skippable(const uint8_t *data, size_t length)
{
    while (kind_has_skippable(data, length)) {
        size_t size = 8 + (size_t)le32(data + 4);

        if (size > length)
            break;
        data += size;
        length -= size;
    }
    if (length >= 4 &&
        (memcmp(data, "\x04\x22\x4d\x18", 4) == 0 || memcmp(data, "\x02\x21\x4c\x18", 4) == 0))
        return KIND_CLOSED; /* libarchive does not skip them */
    return KIND_ZSTD;
}

enum kind kind_of(const uint8_t *data, size_t length, const char *name)
{
    size_t i;

    for (i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        const struct kind_magic *magic = &magics[i];

        if (length >= magic->offset + magic->length &&
            memcmp(data + magic->offset, magic->bytes, magic->length) == 0)
            return magic->kind;
    }
    if (closed_is_marked(data, length))
        return KIND_CLOSED;
    if (forks_are(data, length))
        return KIND_FORKS;
    if (asar_is(data, length))
        return KIND_ASAR;
    if (pyinstaller_is(data, length))
        return KIND_PYINSTALLER;
    if (tar_begins(data, length))
        return KIND_TAR;
    if (kind_is_cpio(data, length))
        return KIND_CPIO;
    if (kind_has_iso(data, length))
        return KIND_ISO;
    if (kind_has_udf(data, length))
        return KIND_UDF;
    if (kind_has_skippable(data, length))
        return kind_behind_skippable(data, length);
    if (kind_is_lzma(data, length))
        return KIND_LZMA;
    if (pgpform(data, length) == PGPFORM_PACKED)
        return pgp_is_message(data, length) ? KIND_PGP : KIND_CLOSED;
    if (closed_is(data, length) || closed_is_named(data, length, name))
        return KIND_CLOSED;
    if (encrypted_is_encrypted(data, length))
        return KIND_ENCRYPTED;
    if (length >= 8 && memcmp(data, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 8) == 0)
        return KIND_OLE2;
    if (kind_is_cms(data, length) || cms_is_text(data, length))
        return KIND_CMS;
    if (dmg_is_image(data, length))
        return KIND_DMG;
    if (kind_has_zip_end(data, length))
        return KIND_ZIP;
    if (kind_has_suffix(name, ".br"))
        return KIND_BROTLI;
    if ((length >= 8 && memcmp(data, "=ybegin ", 8) == 0) ||
        (length >= 13 && memcmp(data, "begin-base64 ", 13) == 0))
        return KIND_INLINED;
    return kind_is_mail(data, length) ? KIND_MAIL : KIND_NONE;
}

int kind_is_certain(enum kind kind)
{
    return kind != KIND_NONE && kind != KIND_INLINED && kind != KIND_MAIL;
}

int kind_has_members(enum kind kind)
{
    return kind >= KIND_ZIP && kind <= KIND_ISO;
}

int kind_is_weak(enum kind kind)
{
    return kind == KIND_CPIO || kind == KIND_LHA || kind == KIND_ARJ || kind == KIND_COMPRESS ||
           kind == KIND_LZMA || kind == KIND_BZIP2 || kind == KIND_PGP || kind == KIND_TAR ||
           kind == KIND_BROTLI;
}

const char *kind_name(enum kind kind)
{
    static const char *const names[] = {
        [KIND_ZIP] = "zip",
        [KIND_7Z] = "7z",
        [KIND_RAR] = "rar",
        [KIND_TAR] = "tar",
        [KIND_CPIO] = "cpio",
        [KIND_CAB] = "cab",
        [KIND_LHA] = "lha",
        [KIND_XAR] = "xar",
        [KIND_ISO] = "iso",
        [KIND_ARJ] = "arj",
        [KIND_GZIP] = "gzip",
        [KIND_BZIP2] = "bzip2",
        [KIND_XZ] = "xz",
        [KIND_AR] = "ar",
        [KIND_RPM] = "rpm",
        [KIND_WARC] = "warc",
        [KIND_ZSTD] = "zstd",
        [KIND_LZIP] = "lzip",
        [KIND_LZ4] = "lz4",
        [KIND_LZMA] = "lzma",
        [KIND_COMPRESS] = "compress",
        [KIND_BROTLI] = "brotli",
        [KIND_CMS] = "cms",
        [KIND_MAIL] = "mail",
        [KIND_INLINED] = "text",
        [KIND_UDF] = "udf",
        [KIND_PDF] = "pdf",
        [KIND_OLE2] = "ole2",
        [KIND_ONENOTE] = "onenote",
        [KIND_RTF] = "rtf",
        [KIND_PGP] = "pgp",
        [KIND_APPLESINGLE] = "applesingle",
        [KIND_TNEF] = "tnef",
        [KIND_CHM] = "chm",
        [KIND_DMG] = "dmg",
        [KIND_ACTIVEMIME] = "activemime",
        [KIND_FORKS] = "forks",
        [KIND_GITPACK] = "git",
        [KIND_PYINSTALLER] = "pyinstaller",
        [KIND_ASAR] = "asar",
    };

    return kind < sizeof names / sizeof names[0] && names[kind] ? names[kind] : "container";
}

/* Fields of a message's header. The strong ones occur in mail only, and one is enough if it
 * comes first; of the others two different ones make a message. */
static const struct {
    const char *field;
    int weight;
} fields[] = {
    {"Received:", 2},
    {"Return-Path:", 2},
    {"Delivered-To:", 2},
    {"MIME-Version:", 2},
    {"Content-Type:", 2}, /* all that a mail program needs to show attachments */
    {"Message-ID:", 2},
    {"X-Mailer:", 2},
    {"DKIM-Signature:", 2},
    {"X-Original-To:", 2},
    {"ARC-Seal:", 2},
    {"Envelope-To:", 2},
    {"From:", 1},
    {"To:", 1},
    {"Subject:", 1},
    {"Date:", 1},
    {"Cc:", 1},
    {"Reply-To:", 1},
    {"Sender:", 1},
    {"Content-Transfer-Encoding:", 1},
    {"Content-Disposition:", 1},
};

static int kind_field_weight(const uint8_t *line, size_t length)
{
    size_t i;

    for (i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        size_t field = strlen(fields[i].field);

        if (length >= field && strncasecmp((const char *)line, fields[i].field, field) == 0)
            return fields[i].weight;
    }
    return 0;
}

/* A header field's first line: a name of printable characters, and a colon. */
static int kind_is_field(const uint8_t *line, size_t length)
{
    size_t i;

    for (i = 0; i < length && line[i] > ' ' && line[i] < 127; i++)
        if (line[i] == ':')
            return i > 0;
    return 0;
}

int kind_is_mail(const uint8_t *data, size_t length)
{
    size_t limit = length < 16384 ? length : 16384, at = 0;
    int weight = 0, lines;

    if (limit >= 5 && memcmp(data, "From ", 5) == 0) { /* mbox */
        const uint8_t *end = memchr(data, '\n', limit);

        if (end == NULL)
            return 0;
        at = (size_t)(end - data) + 1;
    }
    for (lines = 0; at < limit && weight < 2 && lines < 200; lines++) {
        const uint8_t *line = data + at, *end = memchr(line, '\n', limit - at);
        size_t size = end != NULL ? (size_t)(end - line) : limit - at;

        if (size == 0 || line[0] == '\r')
            return 0;
        if (line[0] != ' ' && line[0] != '\t' && !kind_is_field(line, size))
            return 0;
        weight += kind_field_weight(line, size);
        at += size + 1;
    }
    return weight >= 2;
}
