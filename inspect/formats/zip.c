/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/zip.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "inspect/formats/ziprecords.h"
#include "inspect/le.h"
#include "inspect/tiny.h"

#define ZIP_END64_MORE 4096u /* bytes that a record of zip64 may have more than it needs */

#define ZIP_SLACK 3u /* bytes between members that are nothing */

struct zip_extent {
    size_t begin, end;
    uint32_t packed, size; /* as the directory says */
    bool described;        /* a descriptor stands behind it */
};

struct zip_walk {
    const uint8_t *data;
    size_t length;
    size_t base;      /* what stands in front of the archive */
    size_t directory; /* where the central directory begins */
    size_t end;       /* where the end record is */
    struct zip_extent *extents;
    size_t count;
    struct zip_facts *facts;
};

static void zip_odd(struct zip_walk *walk, const char *why)
{
    if (!walk->facts->odd)
        walk->facts->why = why;
    walk->facts->odd = 1;
}

/* Where the record of zip64 in front of the end record at `at` begins, or 0. It stands behind the
 * directory, which then does not end where the end record begins. */
static size_t zip_find_end64(const struct zip_walk *walk, size_t at)
{
    size_t begin, lowest;

    if (at < ZIP_LOCATOR_SIZE + ZIP_END64_SIZE ||
        memcmp(walk->data + at - ZIP_LOCATOR_SIZE, "PK\6\7", 4) != 0)
        return 0;
    begin = at - ZIP_LOCATOR_SIZE - ZIP_END64_SIZE;
    for (lowest = begin > ZIP_END64_MORE ? begin - ZIP_END64_MORE : 1; begin >= lowest; begin--)
        if (memcmp(walk->data + begin, "PK\6\6", 4) == 0)
            return begin;
    return 0;
}

/* Finds the end record as libclamav does, from behind; a second one makes it ambiguous. */
static int zip_find_end(struct zip_walk *walk)
{
    size_t lowest = walk->length > ZIP_END_REACH ? walk->length - ZIP_END_REACH : 0, at;
    int found = 0;

    if (walk->length < ZIP_END_SIZE)
        return 0;
    for (at = walk->length - ZIP_END_SIZE + 1; at-- > lowest;) {
        const uint8_t *record = walk->data + at;
        size_t size, offset, end64;

        if (record[0] != 'P' || memcmp(record, "PK\5\6", 4) != 0)
            continue;
        size = le32(record + 12);
        offset = le32(record + 16);
        end64 = zip_find_end64(walk, at);
        if (end64 > 0 && size == UINT32_MAX) {
            size = (size_t)le64(walk->data + end64 + 40);
            offset = (size_t)le64(walk->data + end64 + 48);
        }
        if (found && (size_t)le16(record + 20) + at + ZIP_END_SIZE == walk->length) {
            zip_odd(walk, "two end records");
            break;
        }
        if (found || size > at) {
            zip_odd(walk, "end records that contradict each other");
            continue;
        }
        found = 1;
        walk->end = at;
        walk->directory = at - size;
        if (end64 >= size && end64 > 0 && size >= 4 &&
            memcmp(walk->data + end64 - size, "PK\1\2", 4) == 0)
            walk->directory = end64 - size;
        walk->base = offset <= walk->directory ? walk->directory - offset : 0;
        if (le16(record + 4) != 0 && le16(record + 4) != 0xffff)
            zip_odd(walk, "one disk of several");
        if (le16(record + 10) == 0xffff || le32(record + 16) == UINT32_MAX ||
            (at >= ZIP_LOCATOR_SIZE && memcmp(record - ZIP_LOCATOR_SIZE, "PK\6\7", 4) == 0))
            zip_odd(walk, "zip64");
        if (walk->base != 0 && memcmp(walk->data, "PK\3\4", 4) == 0)
            zip_odd(walk, "a directory that is not where the end record says");
    }
    return found;
}

static int zip_method_known(unsigned method)
{
    /* stored, implode, deflate, deflate64, bzip2: what libclamav unpacks */
    return method == 0 || method == 6 || method == 8 || method == 9 || method == 12;
}

/* With a descriptor behind the member its header need not know the sizes. */
static bool zip_agree(uint32_t local, uint32_t entry, unsigned flags)
{
    return local == entry || ((flags & 8) && local == 0);
}

/* Compares an entry with its local header, which is the one that libclamav and most unpackers
 * read. Returns where the member's data begins, or 0. */
static size_t zip_local(struct zip_walk *walk, const uint8_t *entry)
{
    size_t at = walk->base + le32(entry + 42);
    const uint8_t *local;
    unsigned flags;

    if (walk->length < ZIP_LOCAL_SIZE || at > walk->length - ZIP_LOCAL_SIZE ||
        memcmp(walk->data + at, "PK\3\4", 4) != 0) {
        zip_odd(walk, "a member is not where the directory says");
        return 0;
    }
    local = walk->data + at;
    flags = le16(local + 6);
    if ((flags | le16(entry + 8)) & 0x2041) /* encrypted, strongly, or masked */
        walk->facts->encrypted = 1;
    if (le16(local + 8) != le16(entry + 10))
        walk->facts->contradicts = 1;
    if (!zip_agree(le32(local + 18), le32(entry + 20), flags) ||
        !zip_agree(le32(local + 22), le32(entry + 24), flags))
        walk->facts->contradicts = 1;
    if (walk->facts->contradicts)
        zip_odd(walk, "directory and member differ");
    if (le16(local + 26) != le16(entry + 28))
        zip_odd(walk, "name differs between directory and member");
    return at + ZIP_LOCAL_SIZE + le16(local + 26) + le16(local + 28);
}

/* Nothing becomes more than 1032 times smaller by deflate. */
static int zip_plausible(unsigned method, uint32_t packed, uint32_t size)
{
    if (method == 0)
        return size == packed;
    return (method != 8 && method != 9) || size / 1033 <= packed;
}

/* The next mark of a header, an entry or an end record. */
static const uint8_t *zip_mark(const uint8_t *at, const uint8_t *end)
{
    while (end - at >= 4 && (at = memmem(at, (size_t)(end - at), "PK", 2)) != NULL) {
        if (end - at >= 4 && ((at[2] == 3 && at[3] == 4) || (at[2] == 1 && at[3] == 2) ||
                              (at[2] == 5 && at[3] == 6) || (at[2] == 6 && at[3] == 6)))
            return at;
        at += 2;
    }
    return NULL;
}

/* A member or a directory that stands where the directory lists none: some unpackers see it. */
static void zip_gap(struct zip_walk *walk, size_t begin, size_t end)
{
    const uint8_t *found;

    if (end <= begin || end - begin < ZIP_END_SIZE)
        return;
    found = zip_mark(walk->data + begin, walk->data + end);
    if (found == NULL)
        return;
    zip_odd(walk, "members that the directory does not list");
    found = memmem(found, (size_t)(walk->data + end - found), "PK\3\4", 4);
    if (found != NULL && walk->facts->hidden < ZIP_HIDDEN_MAX)
        walk->facts->hidden_at[walk->facts->hidden++] = (size_t)(found - walk->data);
}

static bool zip_has_zip64(const uint8_t *extra, size_t length)
{
    while (length >= 4) {
        const size_t size = (size_t)le16(extra + 2) + 4;

        if (le16(extra) == 1)
            return true;
        if (size > length)
            return false;
        extra += size;
        length -= size;
    }
    return false;
}

static void zip_entry(struct zip_walk *walk, const uint8_t *entry)
{
    uint32_t packed = le32(entry + 20), size = le32(entry + 24);
    size_t begin = walk->base + le32(entry + 42), data = zip_local(walk, entry);
    const size_t left = walk->length - (size_t)(entry - walk->data) - ZIP_ENTRY_SIZE;
    const size_t name = le16(entry + 28), extra = le16(entry + 30); /* what the entry claims */

    if (size != UINT32_MAX && !(le16(entry + 8) & 1) &&
        !zip_plausible(le16(entry + 10), packed, size))
        zip_odd(walk, "a size that cannot be");
    else if (size != UINT32_MAX && size > walk->facts->largest)
        walk->facts->largest = size;
    if (size > TINY_BYTES && !zip_method_known(le16(entry + 10)))
        zip_odd(walk, "compression method");
    if (packed == UINT32_MAX || size == UINT32_MAX)
        zip_odd(walk, "zip64");
    if (size == 0 && packed > 2)
        zip_odd(walk, "a member without a size");
    if (name <= left &&
        zip_has_zip64(entry + ZIP_ENTRY_SIZE + name, extra < left - name ? extra : left - name))
        zip_odd(walk, "zip64");
    if (data == 0)
        return;
    if (data <= walk->length)
        zip_gap(walk, begin + ZIP_LOCAL_SIZE + le16(walk->data + begin + 26), data);
    if (data > walk->length || packed > walk->length - data) {
        zip_odd(walk, "a member reaches past the end");
        return;
    }
    if (size > TINY_BYTES)
        walk->facts->members++;
    if (le16(entry + 10) == 0 && !(le16(entry + 8) & 1) && !walk->facts->odd &&
        crc32_z(0, walk->data + data, packed) != le32(entry + 16))
        zip_odd(walk, "stored content that is not what the directory says");
    walk->extents[walk->count++] =
        (struct zip_extent){.begin = begin,
                            .end = data + packed,
                            .packed = packed,
                            .size = size,
                            .described = (walk->data[begin + 6] & 8) != 0};
}

static int zip_compare(const void *a, const void *b)
{
    const struct zip_extent *first = a, *second = b;

    return first->begin < second->begin ? -1 : first->begin > second->begin;
}

/* A descriptor says again what the directory does, in one of four layouts. */
static bool zip_descriptor(const struct zip_extent *extent, const uint8_t *at, size_t length)
{
    const bool marked = length >= 4 && memcmp(at, "PK\7\10", 4) == 0;

    at += marked ? 4 : 0;
    length -= marked ? 4 : 0;
    if (length >= 20 && le64(at + 4) == extent->packed && le64(at + 12) == extent->size)
        return true;
    return length >= 12 && le32(at + 4) == extent->packed && le32(at + 8) == extent->size;
}

static void zip_unexplained(struct zip_walk *walk, size_t begin, size_t end)
{
    if (end <= begin || end - begin <= TINY_BYTES)
        return;
    if (walk->facts->gaps < ZIP_HIDDEN_MAX)
        walk->facts->gap[walk->facts->gaps] = (struct zip_gap){begin, end};
    walk->facts->gaps++;
}

/* Between two members there is nothing, or a descriptor, or padding, or what signs an APK. */
static void zip_between(struct zip_walk *walk, const struct zip_extent *before, size_t end)
{
    const uint8_t *at = walk->data + before->end;
    size_t length, i;

    if (end <= before->end)
        return;
    length = end - before->end;
    zip_gap(walk, before->end, end);
    if (length >= 32 && memcmp(at + length - 16, "APK Sig Block 42", 16) == 0)
        return;
    for (i = 0; i < length && at[i] == 0; i++)
        continue;
    if (i == length || length <= ZIP_SLACK ||
        (before->described && length <= 24 && zip_descriptor(before, at, length)))
        return;
    zip_unexplained(walk, before->end, end);
    zip_odd(walk, "bytes between members that nothing explains");
}

static void zip_gaps(struct zip_walk *walk)
{
    struct zip_extent last = {0};
    size_t i;

    qsort(walk->extents, walk->count, sizeof walk->extents[0], zip_compare);
    if (walk->count > 0) {
        const size_t comment = le16(walk->data + walk->end + 20);

        walk->facts->begin = walk->extents[0].begin;
        walk->facts->end = walk->end + ZIP_END_SIZE;
        walk->facts->end +=
            comment <= walk->length - walk->facts->end ? comment : walk->length - walk->facts->end;
        if (comment > ZIP_END_SIZE) {
            zip_unexplained(walk, walk->end + ZIP_END_SIZE, walk->facts->end);
            zip_odd(walk, "a long comment");
        }
        zip_gap(walk, 0, walk->extents[0].begin);
    }
    for (i = 0; i < walk->count; i++) {
        if (i > 0 && walk->extents[i].begin < last.end)
            zip_odd(walk, "members that overlap");
        else if (i > 0)
            zip_between(walk, &last, walk->extents[i].begin);
        if (walk->extents[i].end >= last.end)
            last = walk->extents[i];
    }
    if (walk->count > 0)
        zip_between(walk, &last, walk->directory);
    else
        zip_gap(walk, 0, walk->directory);
    zip_gap(walk, walk->end + ZIP_END_SIZE, walk->length);
}

static void zip_directory(struct zip_walk *walk)
{
    size_t at = walk->directory, room = (walk->end - walk->directory) / ZIP_ENTRY_SIZE;
    size_t expected = le16(walk->data + walk->end + 10), seen = 0;

    if (room > ZIP_RECORDS_MAX) {
        zip_odd(walk, "too many members to check");
        room = ZIP_RECORDS_MAX;
    }
    walk->extents = malloc((room + 1) * sizeof walk->extents[0]);
    if (walk->extents == NULL) {
        zip_odd(walk, "no memory to check");
        return;
    }
    while (seen < room && walk->end - at >= ZIP_ENTRY_SIZE &&
           memcmp(walk->data + at, "PK\1\2", 4) == 0) {
        const uint8_t *entry = walk->data + at;
        size_t size = ZIP_ENTRY_SIZE + le16(entry + 28) + le16(entry + 30) + le16(entry + 32);

        zip_entry(walk, entry);
        seen++;
        /* A field or a comment may hold what others take for headers. */
        zip_gap(walk, at + ZIP_ENTRY_SIZE + le16(entry + 28),
                size < walk->end - at ? at + size : walk->end);
        if (size > walk->end - at)
            break;
        at += size;
    }
    if (at != walk->end)
        zip_odd(walk, "bytes behind the directory");
    if ((seen & 0xffff) != expected)
        zip_odd(walk, "the directory is damaged");
    walk->facts->entries = seen;
    walk->facts->directory = seen > 0 || expected == 0;
    zip_gaps(walk);
    free(walk->extents);
}

void zip_walk(const uint8_t *data, size_t length, struct zip_facts *facts)
{
    struct zip_walk walk = {.data = data, .length = length, .facts = facts};
    const uint8_t *found;

    memset(facts, 0, sizeof *facts);
    if (zip_find_end(&walk)) {
        zip_directory(&walk);
        return;
    }
    zip_odd(&walk, "no central directory");
    found = length >= 4 ? memmem(data, length, "PK\3\4", 4) : NULL;
    if (found != NULL)
        facts->hidden_at[facts->hidden++] = (size_t)(found - data);
}

bool zip_is_part(const uint8_t *data, size_t length)
{
    const uint8_t *end = data + length - ZIP_END_SIZE;

    if (length < ZIP_END_SIZE)
        return false;
    if (memcmp(data, "PK\7\10PK\3\4", 8) == 0 && memmem(data, length, "PK\5\6", 4) == NULL)
        return true;
    return memcmp(end, "PK\5\6", 4) == 0 && end[4] > 0 && end[4] < 0xff && end[5] == 0;
}
