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

struct kind_mark {
    unsigned offset, length;
    const char *bytes; /* NULL ends a list */
};

#define MARK(offset, bytes) {(offset), sizeof(bytes) - 1, (bytes)},
#define FORMAT(kind, name, marks, ...)                                                             \
    static const struct kind_mark kind_marks_##kind[] = {marks{0, 0, NULL}};
#include "inspect/formats.def"

#define FORMAT(kind, name, marks, traits, ...) [KIND_##kind] = {name, kind_marks_##kind, traits},
static const struct {
    const char *name;
    const struct kind_mark *marks;
    unsigned traits;
} kinds[] = {
    [KIND_NONE] = {"container", NULL, KIND_UNCERTAIN},
#include "inspect/formats.def"
};
#define KIND_COUNT (sizeof kinds / sizeof kinds[0])

#define KIND_SECTOR 2048u
#define KIND_VOLUME (16u * KIND_SECTOR) /* where the descriptors of a disc begin */

int kind_has_suffix(const char *name, const char *suffix)
{
    size_t length = name != NULL ? strlen(name) : 0, tail = strlen(suffix);

    return length > tail && strcasecmp(name + length - tail, suffix) == 0;
}

static bool kind_begins(const uint8_t *data, size_t length, const char *bytes, size_t size)
{
    return length >= size && memcmp(data, bytes, size) == 0;
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

/* The first other frame tells whose file it is. */
static int kind_is_skippable_lz4(const uint8_t *data, size_t length)
{
    bool skipped = false;

    while (kind_has_skippable(data, length)) {
        size_t size = 8 + (size_t)le32(data + 4);

        skipped = true;
        if (size > length)
            break;
        data += size;
        length -= size;
    }
    return skipped && (kind_begins(data, length, "\x04\x22\x4d\x18", 4) ||
                       kind_begins(data, length, "\x02\x21\x4c\x18", 4));
}

static enum kind kind_by_marks(const uint8_t *data, size_t length)
{
    const struct kind_mark *mark;
    size_t i;

    for (i = KIND_NONE + 1; i < KIND_COUNT; i++)
        for (mark = kinds[i].marks; mark->bytes; mark++)
            if (length >= mark->offset &&
                kind_begins(data + mark->offset, length - mark->offset, mark->bytes, mark->length))
                return (enum kind)i;
    return KIND_NONE;
}

enum kind kind_of(const uint8_t *data, size_t length, const char *name)
{
    const enum kind kind = kind_by_marks(data, length);

    if (kind != KIND_NONE)
        return kind;
#define TEST(kind_, condition)                                                                     \
    if (condition)                                                                                 \
        return KIND_##kind_;
#include "inspect/formats.def"
    return KIND_NONE;
}

bool kind_has(enum kind kind, enum kind_trait trait)
{
    return kind < KIND_COUNT && (kinds[kind].traits & trait);
}

const char *kind_name(enum kind kind)
{
    return kind < KIND_COUNT ? kinds[kind].name : kinds[KIND_NONE].name;
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
