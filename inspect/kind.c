/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/kind.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "inspect/formats/be.h"
#include "inspect/formats/ziprecords.h"
#include "inspect/le.h"

#define FORMAT(kind, name, marks, traits, ...) [KIND_##kind] = {name, traits},
static const struct {
    const char *name;
    unsigned traits;
} kinds[] = {
    [KIND_NONE] = {"container", KIND_UNCERTAIN},
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
    size_t tail = length < ZIP_END_REACH ? length : ZIP_END_REACH;
    const uint8_t *end;

    if (length < ZIP_END_SIZE)
        return false;
    end = memmem(data + length - tail, tail, "PK\5\6", 4);
    if (end == NULL)
        return false;
    /* Four bytes alone are none: it has members, or it says that there are none. */
    return ((size_t)(data + length - end) >= ZIP_END_SIZE && le16(end + 10) == 0 &&
            le32(end + 12) == 0) ||
           memmem(data, length, "PK\1\2", 4) != NULL || memmem(data, length, "PK\3\4", 4) != NULL;
}

bool kind_is_paged(const uint8_t *data, size_t length)
{
    unsigned page;

    if (length < 512 || memcmp(data, "SQLite format 3", 16) != 0 ||
        memcmp(data + 21, "\x40\x20\x20", 3) != 0)
        return false;
    page = be16(data + 16) == 1 ? 65536 : be16(data + 16);
    return page >= 512 && (page & (page - 1)) == 0 && length % page == 0;
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
