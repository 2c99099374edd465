/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * OLE2 compound files (.doc .xls .ppt .msg .msi and the objects in documents):
 * their streams, one by one. libclamav opens them too, but follows tables only
 * where sectors have 512 bytes, stops at a directory that leads back to itself,
 * decrypts all streams if a piece of the file looks like a key, and after
 * finding pictures in a workbook looks at nothing else. A stream that it did see
 * is recognised and not scanned again.
 *
 * Every directory entry that is a stream is read, whether or not the tree of
 * names leads to it: Office finds names by search and meets no loop elsewhere.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/inspection.h"
#include "inspect/le.h"
#include "inspect/encrypted.h"
#include "inspect/formats/ole2records.h"
#include "inspect/formats/olenative.h"
#include "inspect/formats/vba.h"
#include "inspect/formats/ziprecords.h"

#define OLE2_LAST  UINT32_C(0xfffffffa) /* numbers from here on are marks and no sectors */
#define OLE2_DIFAT 109u                 /* sectors of the table that the header names */

/* Numbers of a table: what follows each sector. */
struct ole2_table {
    uint32_t *next;
    size_t count, size;
};

struct ole2 {
    struct inspection *in;
    const struct object *object;
    const uint8_t *data;
    size_t length;
    unsigned shift, mini_shift; /* of a sector's size, and a small one's */
    uint32_t sectors, cutoff;
    struct ole2_table table, mini_table;
    struct buffer directory, mini; /* all entries; all small streams */
    uint8_t *used;                 /* for each sector: a stream has it */
    uint64_t unpacked;
};

static size_t ole2_offset(const struct ole2 *ole2, uint32_t sector)
{
    return ((size_t)sector + 1) << ole2->shift;
}

/* The bytes of a sector, and how many of them are there: the last may be cut. NULL: none. */
static const uint8_t *ole2_sector(const struct ole2 *ole2, uint32_t sector, size_t *size)
{
    size_t offset = ole2_offset(ole2, sector);

    if (sector >= ole2->sectors)
        return NULL;
    *size = (size_t)1 << ole2->shift;
    if (*size > ole2->length - offset)
        *size = ole2->length - offset;
    return ole2->data + offset;
}

static int ole2_table_add(struct ole2_table *table, const uint8_t *data, size_t size)
{
    size_t count = size / 4, i;

    if (table->count + count > table->size) {
        size_t larger = (table->count + count) * 2;
        uint32_t *next = realloc(table->next, larger * sizeof *next);

        if (next == NULL)
            return -1;
        table->next = next;
        table->size = larger;
    }
    for (i = 0; i < count; i++)
        table->next[table->count++] = le32(data + 4 * i);
    return 0;
}

static enum reason ole2_table_sector(struct ole2 *ole2, uint32_t sector)
{
    size_t size;
    const uint8_t *data = ole2_sector(ole2, sector, &size);

    if (data == NULL)
        return REASON_MALFORMED;
    return ole2_table_add(&ole2->table, data, size) == 0 ? REASON_NONE : REASON_MEMORY;
}

/* The table's own sectors: named in the header, and on in a chain of lists. */
static enum reason ole2_read_table(struct ole2 *ole2)
{
    const uint8_t *list = ole2->data + 76;
    uint32_t wanted = ole2_header_table(ole2->data), next = le32(ole2->data + 68), lists = 0, i;
    uint32_t in_list = OLE2_DIFAT;
    enum reason reason;
    size_t size;

    if (wanted > ole2->sectors)
        return REASON_MALFORMED;
    for (;;) {
        for (i = 0; i < in_list && wanted > 0; i++, wanted--) {
            reason = ole2_table_sector(ole2, le32(list + 4 * (size_t)i));
            if (reason != REASON_NONE)
                return reason;
        }
        if (wanted == 0)
            return REASON_NONE;
        list = ole2_sector(ole2, next, &size);
        if (list == NULL || size >> ole2->shift == 0 || ++lists > ole2->sectors)
            return REASON_MALFORMED;
        in_list = (uint32_t)(size / 4 - 1);
        next = le32(list + 4 * (size_t)in_list);
    }
}

/* Appends a chain of sectors, up to `wanted` bytes. MALFORMED where it breaks off: what there is
 * has then been read. UINT64_MAX: to its end. */
static enum reason ole2_read_chain(struct ole2 *ole2, uint32_t first, uint64_t wanted,
                                   struct buffer *buffer)
{
    uint32_t sector = first, count;

    for (count = 0; sector < OLE2_LAST && buffer->length < wanted; count++) {
        size_t size;
        const uint8_t *data = ole2_sector(ole2, sector, &size);

        if (data == NULL || count >= ole2->sectors)
            return REASON_MALFORMED;
        if (size > wanted - buffer->length)
            size = (size_t)(wanted - buffer->length);
        if (buffer_add(buffer, data, size) != 0)
            return REASON_MEMORY;
        ole2->used[sector] = 1;
        sector = sector < ole2->table.count ? ole2->table.next[sector] : OLE2_LAST;
    }
    return wanted == UINT64_MAX || buffer->length >= wanted ? REASON_NONE : REASON_MALFORMED;
}

/* The same for the small sectors, which lie in the first entry's stream. */
static enum reason ole2_read_small(const struct ole2 *ole2, uint32_t first, uint64_t wanted,
                                   struct buffer *buffer)
{
    const size_t small = (size_t)1 << ole2->mini_shift;
    uint32_t sector = first;

    while (buffer->length < wanted) {
        if (buffer->length >= ole2->mini.length) /* more than there is: a chain that is a ring */
            return REASON_MALFORMED;
        uint64_t offset = (uint64_t)sector << ole2->mini_shift;
        size_t size = small;

        if (sector >= OLE2_LAST || offset >= ole2->mini.length)
            return REASON_MALFORMED;
        if (size > ole2->mini.length - offset)
            size = (size_t)(ole2->mini.length - offset);
        if (size > wanted - buffer->length)
            size = (size_t)(wanted - buffer->length);
        if (buffer_add(buffer, ole2->mini.data + offset, size) != 0)
            return REASON_MEMORY;
        sector = sector < ole2->mini_table.count ? ole2->mini_table.next[sector] : OLE2_LAST;
    }
    return REASON_NONE;
}

/* Its name as a path shows it: of what is not plain text a digest's worth is not needed. */
static void ole2_name(const uint8_t *entry, char name[33])
{
    size_t i;

    for (i = 0; i < 32; i++) {
        unsigned c = le16(entry + 2 * i);

        if (c == 0)
            break;
        name[i] = c > ' ' && c < 127 ? (char)c : '_';
    }
    name[i] = '\0';
}

static void ole2_stream(struct ole2 *ole2, const uint8_t *entry)
{
    const uint64_t size = ole2_entry_size(entry, ole2->shift);
    char path[WIRE_PART_MAX], name[33];
    struct object stream = {.path = path, .depth = ole2->object->depth + 1, .pieces = 1};
    struct buffer buffer = BUFFER_INIT;
    enum reason reason;

    ole2_name(entry, name);
    inspection_path(path, ole2->object, kind_name(KIND_OLE2), name);
    reason = budget_unpacked(&ole2->in->budget, ole2->length, ole2->unpacked);
    if (reason == REASON_NONE)
        reason = size < ole2->cutoff
                     ? ole2_read_small(ole2, ole2_entry_first(entry), size, &buffer)
                     : ole2_read_chain(ole2, ole2_entry_first(entry), size, &buffer);
    ole2->unpacked += buffer.length;
    stream.data = buffer.data;
    stream.length = buffer.length;
    if (encrypted_is_office_stream(name, stream.data, stream.length))
        inspection_note(ole2->in, &stream, REASON_ENCRYPTED, NULL);
    if (stream.length > 0) {
        inspection_object(ole2->in, &stream);
        olenative_open(ole2->in, &stream);
        vba_open(ole2->in, &stream);
    }
    if (reason != REASON_NONE)
        inspection_note(ole2->in, &stream, reason, "a stream that breaks off");
    buffer_free(&buffer);
}

/* Reads what leads to the streams. */
static enum reason ole2_read(struct ole2 *ole2)
{
    struct buffer buffer = BUFFER_INIT;
    enum reason reason = ole2_read_table(ole2);

    if (reason == REASON_NONE)
        reason =
            ole2_read_chain(ole2, ole2_header_directory(ole2->data), UINT64_MAX, &ole2->directory);
    if (reason == REASON_NONE && ole2->directory.length < OLE2_ENTRY)
        reason = REASON_MALFORMED;
    if (reason == REASON_NONE)
        reason = ole2_read_chain(ole2, le32(ole2->data + 60), UINT64_MAX, &buffer);
    if (reason == REASON_NONE && buffer.length > 0 &&
        ole2_table_add(&ole2->mini_table, buffer.data, buffer.length) != 0)
        reason = REASON_MEMORY;
    if (reason == REASON_NONE)
        reason =
            ole2_read_chain(ole2, ole2_entry_first(ole2->directory.data), UINT64_MAX, &ole2->mini);
    buffer_free(&buffer);
    return reason;
}

static int ole2_header(struct ole2 *ole2)
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
    return ole2->used != NULL ? 0 : -1;
}

/* A ZIP that ends in a stream, as Office's own themes do, has been looked at there. */
static void ole2_zip(struct ole2 *ole2)
{
    const size_t tail = ole2->length < ZIP_END_REACH ? ole2->length : ZIP_END_REACH;
    const uint8_t *at = ole2->data + ole2->length - tail, *end = ole2->data + ole2->length;
    int within = ole2->used != NULL;

    if (!kind_has_zip_end(ole2->data, ole2->length))
        return;
    while (within && (at = memmem(at, (size_t)(end - at), "PK\5\6", 4)) != NULL) {
        size_t sector = (size_t)(at - ole2->data) >> ole2->shift;

        within = sector > 0 && sector <= ole2->sectors && ole2->used[sector - 1];
        at += 4;
    }
    if (within)
        container_pieces(ole2->in, ole2->object);
    else
        container_open_zip(ole2->in, ole2->object);
}

void ole2_open(struct inspection *in, const struct object *object)
{
    struct ole2 ole2 = {.in = in, .object = object, .data = object->data, .length = object->length};
    enum reason reason = REASON_MALFORMED;
    size_t at;

    if (ole2_header(&ole2) == 0)
        reason = ole2_read(&ole2);
    for (at = OLE2_ENTRY; at + OLE2_ENTRY <= ole2.directory.length && !inspection_over(in);
         at += OLE2_ENTRY)
        if (ole2.directory.data[at + 66] == 2 && le32(ole2.directory.data + at + 120) > 0)
            ole2_stream(&ole2, ole2.directory.data + at);
    if (!inspection_over(in))
        ole2_zip(&ole2);
    if (reason != REASON_NONE)
        inspection_note(in, object, reason, "an OLE2 file whose tables are damaged");
    buffer_free(&ole2.mini);
    buffer_free(&ole2.directory);
    free(ole2.used);
    free(ole2.mini_table.next);
    free(ole2.table.next);
}
