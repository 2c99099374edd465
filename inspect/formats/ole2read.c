/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/ole2read.h"

#include <stdlib.h>

#include "inspect/formats/ole2records.h"
#include "inspect/le.h"

#define OLE2READ_LAST  UINT32_C(0xfffffffa) /* numbers from here on are marks and no sectors */
#define OLE2READ_DIFAT 109u                 /* sectors of the table that the header names */

static size_t ole2read_offset(const struct ole2read *ole2, uint32_t sector)
{
    return ((size_t)sector + 1) << ole2->shift;
}

/* The bytes of a sector, and how many of them are there: the last may be cut. NULL: none. */
static const uint8_t *ole2read_sector(const struct ole2read *ole2, uint32_t sector, size_t *size)
{
    size_t offset = ole2read_offset(ole2, sector);

    if (sector >= ole2->sectors)
        return NULL;
    *size = (size_t)1 << ole2->shift;
    if (*size > ole2->length - offset)
        *size = ole2->length - offset;
    return ole2->data + offset;
}

static int ole2read_table_add(struct ole2read_table *table, const uint8_t *data, size_t size)
{
    size_t count = size / 4, i;

    if (table->count + count > table->size) {
        size_t larger = (table->count + count) * 2;
        uint32_t *next = realloc(table->next, larger * sizeof *next);

        if (!next)
            return -1;
        table->next = next;
        table->size = larger;
    }
    for (i = 0; i < count; i++)
        table->next[table->count++] = le32(data + 4 * i);
    return 0;
}

static enum reason ole2read_table_sector(struct ole2read *ole2, uint32_t sector)
{
    size_t size;
    const uint8_t *data = ole2read_sector(ole2, sector, &size);

    if (!data)
        return REASON_MALFORMED;
    return ole2read_table_add(&ole2->table, data, size) == 0 ? REASON_NONE : REASON_MEMORY;
}

/* The table's own sectors: named in the header, and on in a chain of lists. */
static enum reason ole2read_tables(struct ole2read *ole2)
{
    const uint8_t *list = ole2->data + 76;
    uint32_t wanted = ole2_header_table(ole2->data), next = le32(ole2->data + 68), lists = 0, i;
    uint32_t in_list = OLE2READ_DIFAT;
    enum reason reason;
    size_t size;

    if (wanted > ole2->sectors)
        return REASON_MALFORMED;
    for (;;) {
        for (i = 0; i < in_list && wanted > 0; i++, wanted--) {
            reason = ole2read_table_sector(ole2, le32(list + 4 * (size_t)i));
            if (reason != REASON_NONE)
                return reason;
        }
        if (wanted == 0)
            return REASON_NONE;
        list = ole2read_sector(ole2, next, &size);
        if (!list || size >> ole2->shift == 0 || ++lists > ole2->sectors)
            return REASON_MALFORMED;
        in_list = (uint32_t)(size / 4 - 1);
        next = le32(list + 4 * (size_t)in_list);
    }
}

/* Appends a chain of sectors, up to `wanted` bytes. MALFORMED where it breaks off: what there is
 * has then been read. UINT64_MAX: to its end. */
static enum reason ole2read_chain(struct ole2read *ole2, uint32_t first, uint64_t wanted,
                                  struct buffer *buffer)
{
    uint32_t sector = first, count;

    for (count = 0; sector < OLE2READ_LAST && buffer->length < wanted; count++) {
        size_t size;
        const uint8_t *data = ole2read_sector(ole2, sector, &size);

        if (!data || count >= ole2->sectors)
            return REASON_MALFORMED;
        if (size > wanted - buffer->length)
            size = (size_t)(wanted - buffer->length);
        if (buffer_add(buffer, data, size) != 0)
            return REASON_MEMORY;
        ole2->used[sector] = 1;
        sector = sector < ole2->table.count ? ole2->table.next[sector] : OLE2READ_LAST;
    }
    return wanted == UINT64_MAX || buffer->length >= wanted ? REASON_NONE : REASON_MALFORMED;
}

/* The same for the small sectors, which lie in the first entry's stream. */
static enum reason ole2read_small(const struct ole2read *ole2, uint32_t first, uint64_t wanted,
                                  struct buffer *buffer)
{
    const size_t small = (size_t)1 << ole2->mini_shift;
    uint32_t sector = first;

    while (buffer->length < wanted) {
        if (buffer->length >= ole2->mini.length) /* more than there is: a chain that is a ring */
            return REASON_MALFORMED;
        uint64_t offset = (uint64_t)sector << ole2->mini_shift;
        size_t size = small;

        if (sector >= OLE2READ_LAST || offset >= ole2->mini.length)
            return REASON_MALFORMED;
        if (size > ole2->mini.length - offset)
            size = (size_t)(ole2->mini.length - offset);
        if (size > wanted - buffer->length)
            size = (size_t)(wanted - buffer->length);
        if (buffer_add(buffer, ole2->mini.data + offset, size) != 0)
            return REASON_MEMORY;
        sector = sector < ole2->mini_table.count ? ole2->mini_table.next[sector] : OLE2READ_LAST;
    }
    return REASON_NONE;
}

/* Reads what leads to the streams. */
static enum reason ole2read_all(struct ole2read *ole2)
{
    struct buffer buffer = BUFFER_INIT;
    enum reason reason = ole2read_tables(ole2);

    if (reason == REASON_NONE)
        reason =
            ole2read_chain(ole2, ole2_header_directory(ole2->data), UINT64_MAX, &ole2->directory);
    if (reason == REASON_NONE && ole2->directory.length < OLE2_ENTRY)
        reason = REASON_MALFORMED;
    if (reason == REASON_NONE)
        reason = ole2read_chain(ole2, le32(ole2->data + 60), UINT64_MAX, &buffer);
    if (reason == REASON_NONE && buffer.length > 0 &&
        ole2read_table_add(&ole2->mini_table, buffer.data, buffer.length) != 0)
        reason = REASON_MEMORY;
    if (reason == REASON_NONE)
        reason =
            ole2read_chain(ole2, ole2_entry_first(ole2->directory.data), UINT64_MAX, &ole2->mini);
    buffer_free(&buffer);
    return reason;
}

static int ole2read_header(struct ole2read *ole2)
{
    const uint8_t *data = ole2->data;

    if (ole2->length < OLE2_HEADER)
        return -1;
    ole2->shift = ole2_header_shift(data);
    ole2->mini_shift = ole2_header_mini_shift(data);
    ole2->cutoff = ole2_header_cutoff(data);
    if (ole2->shift < 7 || ole2->shift > 20 || ole2->mini_shift < 4 ||
        ole2->mini_shift > ole2->shift || ole2->length <= (size_t)1 << ole2->shift)
        return -1;
    ole2->sectors = (uint32_t)((ole2->length - 1) >> ole2->shift);
    ole2->used = calloc(ole2->sectors, 1);
    return ole2->used ? 0 : -1;
}

void ole2read_name(const uint8_t *entry, char name[OLE2READ_NAME_MAX])
{
    size_t i;

    for (i = 0; i < OLE2READ_NAME_MAX - 1; i++) {
        unsigned c = le16(entry + 2 * i);

        if (c == 0)
            break;
        name[i] = c > ' ' && c < 127 ? (char)c : '_';
    }
    name[i] = '\0';
}

const uint8_t *ole2read_next(const struct ole2read *ole2, const uint8_t *entry)
{
    size_t at = OLE2_ENTRY; /* the first entry is the root's */

    if (entry)
        at += (size_t)(entry - ole2->directory.data);
    for (; at + OLE2_ENTRY <= ole2->directory.length; at += OLE2_ENTRY)
        if (ole2_entry_is_stream(ole2->directory.data + at))
            return ole2->directory.data + at;
    return NULL;
}

enum reason ole2read_stream(struct ole2read *ole2, const uint8_t *entry, uint64_t most,
                            struct buffer *buffer)
{
    const uint64_t size = ole2_entry_size(entry, ole2->shift);
    const uint64_t wanted = size < most ? size : most;

    return size < ole2->cutoff ? ole2read_small(ole2, ole2_entry_first(entry), wanted, buffer)
                               : ole2read_chain(ole2, ole2_entry_first(entry), wanted, buffer);
}

bool ole2read_is_used(const struct ole2read *ole2, size_t offset)
{
    const size_t sector = offset >> ole2->shift;

    return ole2->used && sector > 0 && sector <= ole2->sectors && ole2->used[sector - 1];
}

enum reason ole2read_open(struct ole2read *ole2, const uint8_t *data, size_t length)
{
    *ole2 = (struct ole2read){.data = data, .length = length};
    return ole2read_header(ole2) == 0 ? ole2read_all(ole2) : REASON_MALFORMED;
}

void ole2read_close(struct ole2read *ole2)
{
    buffer_free(&ole2->mini);
    buffer_free(&ole2->directory);
    free(ole2->used);
    free(ole2->mini_table.next);
    free(ole2->table.next);
}
