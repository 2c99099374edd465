/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/zipread.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/formats/ziprecords.h"
#include "inspect/le.h"

#define ZIPREAD_BASES   16u
#define ZIPREAD_NEAR    1000u /* marks that are gone through for one member */
#define ZIPREAD_OFF     32u   /* bytes */
#define ZIPREAD_ORPHANS 1000u /* entries that point to no header */
#define ZIPREAD_SAME    16u   /* entries that point to the same header */

struct zipread_mark {
    size_t at;
    uint8_t type;  /* the third byte of the mark */
    uint8_t tries; /* of a local header, with entries of directories */
    bool claimed;  /* by one that names the same file */
};

struct zipread {
    const uint8_t *data;
    size_t length;
    struct zipread_mark *marks; /* in the order of the file */
    size_t count, room;
    size_t bases[ZIPREAD_BASES]; /* what is added to the directory's places, modulo the word */
    unsigned base_count;
    bool more_bases; /* than are kept */
    unsigned orphans;
    zipread_visit *visit;
    void *context;
};

static int zipread_add_mark(struct zipread *walk, size_t at, uint8_t type)
{
    if (walk->count == walk->room) {
        const size_t room = walk->room ? walk->room * 2 : 64;
        struct zipread_mark *marks = realloc(walk->marks, room * sizeof *marks);

        if (marks == NULL)
            return -1;
        walk->marks = marks;
        walk->room = room;
    }
    walk->marks[walk->count++] = (struct zipread_mark){.at = at, .type = type};
    return walk->count < ZIP_RECORDS_MAX ? 0 : -1;
}

static int zipread_find_marks(struct zipread *walk)
{
    const uint8_t *at = walk->data, *end = at + walk->length;

    while (end - at >= 4 && (at = memmem(at, (size_t)(end - at), "PK", 2)) != NULL) {
        if (end - at >= 4 &&
            ((at[2] == 3 && at[3] == 4) || (at[2] == 1 && at[3] == 2) ||
             (at[2] == 5 && at[3] == 6) || (at[2] == 7 && at[3] == 8) ||
             (at[2] == 6 && (at[3] == 6 || at[3] == 7 || at[3] == 8))) &&
            zipread_add_mark(walk, (size_t)(at - walk->data), at[2]) != 0)
            return -1;
        at += 2;
    }
    return 0;
}

static void zipread_add_base(struct zipread *walk, size_t base)
{
    unsigned i;

    for (i = 0; i < walk->base_count; i++)
        if (walk->bases[i] == base)
            return;
    if (walk->base_count < ZIPREAD_BASES)
        walk->bases[walk->base_count++] = base;
    else
        walk->more_bases = true;
}

/* A directory's places count from the file's first byte, or from what its own place and size
 * say, in the old end record or in that of zip64. */
static void zipread_find_bases(struct zipread *walk)
{
    size_t i;

    zipread_add_base(walk, 0);
    for (i = walk->count; i-- > 0;) {
        const struct zipread_mark *mark = &walk->marks[i];
        const uint8_t *record = walk->data + mark->at;
        const size_t left = walk->length - mark->at;

        if (mark->type == 5 && left >= ZIP_END_SIZE)
            zipread_add_base(walk, mark->at - le32(record + 12) - le32(record + 16));
        else if (mark->type == 6 && record[3] == 6 && left >= ZIP_END64_SIZE)
            zipread_add_base(walk,
                             mark->at - (size_t)le64(record + 40) - (size_t)le64(record + 48));
    }
}

static struct zipread_mark *zipread_mark_at(const struct zipread *walk, size_t at)
{
    size_t low = 0, high = walk->count;

    while (low < high) {
        const size_t middle = low + (high - low) / 2;

        if (walk->marks[middle].at < at)
            low = middle + 1;
        else
            high = middle;
    }
    return low < walk->count ? &walk->marks[low] : NULL; /* the first one not before it */
}

static void zipread_length(struct zipread_member *member, uint64_t length)
{
    unsigned i;

    if (length == 0 || length > member->available || length == UINT32_MAX)
        return;
    for (i = 0; i < member->count; i++)
        if (member->lengths[i] == length)
            return;
    if (member->count < ZIPREAD_SIZES)
        member->lengths[member->count++] = (size_t)length;
}

/* The numbers of eight bytes in a zip64 field: sizes, in one order or another. */
static void zipread_zip64(struct zipread_member *member, const uint8_t *extra, size_t length)
{
    while (length >= 4) {
        const size_t size = le16(extra + 2) < length - 4 ? le16(extra + 2) : length - 4;
        size_t i;

        if (le16(extra) == 1)
            for (i = 0; i + 8 <= size && i < 16; i += 8)
                zipread_length(member, le64(extra + 4 + i));
        extra += 4 + size;
        length -= 4 + size;
    }
}

static uint64_t zipread_offset(const uint8_t *entry, const uint8_t *extra, size_t length)
{
    size_t skip = 4;

    if (le32(entry + 42) != UINT32_MAX)
        return le32(entry + 42);
    skip += le32(entry + 24) == UINT32_MAX ? 8 : 0;
    skip += le32(entry + 20) == UINT32_MAX ? 8 : 0;
    while (length >= 4) {
        const size_t size = le16(extra + 2) < length - 4 ? le16(extra + 2) : length - 4;

        if (le16(extra) == 1 && size + 4 >= skip + 8)
            return le64(extra + skip);
        extra += 4 + size;
        length -= 4 + size;
    }
    return UINT32_MAX;
}

bool zipread_method_known(unsigned method)
{
    return method <= 20 || (method >= 93 && method <= 99);
}

/* Up to the next marks, without the descriptor that may stand in front of one. */
static void zipread_to_marks(const struct zipread *walk, struct zipread_member *member)
{
    static const unsigned descriptors[] = {0, 12, 16, 20, 24};
    const size_t begin = (size_t)(member->data - walk->data);
    const struct zipread_mark *mark = zipread_mark_at(walk, begin);
    const size_t distance = mark != NULL ? mark->at - begin : walk->length - begin;
    size_t i;

    for (i = 0; i < sizeof descriptors / sizeof descriptors[0]; i++)
        if (distance > descriptors[i])
            zipread_length(member, distance - descriptors[i]);
    if (mark != NULL && mark->type == 7 && walk->length - mark->at >= 24) {
        zipread_length(member, le32(walk->data + mark->at + 8));
        zipread_length(member, le32(walk->data + mark->at + 12));
        zipread_length(member, le64(walk->data + mark->at + 16));
    }
}

static bool zipread_is_exact(const struct zipread_member *member, const uint8_t *local,
                             const uint8_t *main)
{
    const uint32_t size = le32(main + 22), other = le32(local + 22);

    return member->method[0] == 0 && member->method[1] == 0 && !member->differs &&
           (other == size || other == 0) && size + UINT64_C(4) <= member->available &&
           member->data[size] == 'P' && member->data[size + 1] == 'K' && member->count > 0 &&
           member->lengths[0] == size;
}

/* Do they have the same name? */
static bool zipread_is_named(const struct zipread *walk, const uint8_t *local, const uint8_t *entry)
{
    const size_t length = le16(local + 26), at = (size_t)(local - walk->data);

    return length == le16(entry + 28) && length <= walk->length - at - ZIP_LOCAL_SIZE &&
           memcmp(local + ZIP_LOCAL_SIZE, entry + ZIP_ENTRY_SIZE, length) == 0;
}

/* Does a ZIP begin here, or a bit off, by a name of another length? Places that its directory
 * counts from here are counted from here anyway, or lead to no header. */
static bool zipread_is_based(const struct zipread *walk, const uint8_t *data)
{
    const size_t base = (size_t)(data - walk->data);
    const struct zipread_mark *first =
        zipread_mark_at(walk, base > ZIPREAD_OFF ? base - ZIPREAD_OFF : 0);
    size_t i;

    if (walk->more_bases || walk->count > ZIPREAD_NEAR || first == NULL || first->type != 3 ||
        first->at > base + ZIPREAD_OFF)
        return false;
    for (i = 0; i < walk->base_count; i++)
        if (walk->bases[i] == base)
            return true;
    for (i = 0; i < walk->count; i++) {
        const struct zipread_mark *entry = &walk->marks[i], *mark;
        size_t place;

        if (entry->type != 1 || entry->at < base || walk->length - entry->at < ZIP_ENTRY_SIZE)
            continue;
        place = base + le32(walk->data + entry->at + 42);
        mark = zipread_mark_at(walk, place);
        if (mark != NULL && mark->at == place && mark->type == 3)
            return false;
    }
    return true;
}

static bool zipread_visit_from(struct zipread *walk, const uint8_t *local, const uint8_t *entry,
                               size_t name, size_t extra)
{
    const size_t at = (size_t)(local - walk->data), left = walk->length - at - ZIP_LOCAL_SIZE;
    const bool marked = memcmp(local, "PK\3\4", 4) == 0;
    struct zipread_member member = {.listed = marked && entry != NULL};
    const uint8_t *main = entry != NULL ? entry + 2 : local; /* the same fields, two bytes on */
    size_t shown = name < left ? name : left;

    if (name + extra > left)
        return true;
    member.data = local + ZIP_LOCAL_SIZE + name + extra;
    member.entry = entry;
    member.available = left - name - extra;
    member.guess = entry != NULL &&
                   (!marked || !zipread_is_named(walk, local, entry) || name != le16(local + 26));
    member.based = zipread_is_based(walk, member.data);
    member.method[0] = le16(local + 8);
    member.method[1] = le16(main + 8);
    member.crc[0] = le32(local + 14);
    member.crc[1] = le32(main + 14);
    member.encrypted = ((le16(local + 6) | le16(main + 6)) & 0x2041) != 0;
    member.size =
        le32(main + 22) == 0 || le32(main + 22) == UINT32_MAX ? UINT64_MAX : le32(main + 22);
    member.differs = le32(main + 18) != le32(main + 22) || le32(local + 18) != le32(local + 22);
    zipread_length(&member, le32(main + 18));
    zipread_length(&member, le32(local + 18));
    zipread_length(&member, le32(main + 22));
    zipread_length(&member, le32(local + 22));
    member.exact = zipread_is_exact(&member, local, main);
    zipread_zip64(&member, local + ZIP_LOCAL_SIZE + name, extra);
    if (entry != NULL)
        zipread_zip64(&member, entry + ZIP_ENTRY_SIZE + le16(entry + 28), le16(entry + 30));
    zipread_to_marks(walk, &member);
    if (shown >= sizeof member.name)
        shown = sizeof member.name - 1;
    memcpy(member.name, local + ZIP_LOCAL_SIZE, shown);
    member.likely = marked && name > 0 && memchr(member.name, 0, shown) == NULL && local[4] <= 63 &&
                    zipread_method_known(member.method[0]);
    return walk->visit(walk->context, &member);
}

/* By the lengths of its own header, and by those of the directory where they differ. */
static bool zipread_visit_header(struct zipread *walk, size_t at, const uint8_t *entry)
{
    const uint8_t *local = walk->data + at;
    const size_t name = le16(local + 26), extra = le16(local + 28);

    if (!zipread_visit_from(walk, local, entry, name, extra))
        return false;
    if (entry == NULL || le16(entry + 28) == name)
        return true;
    return zipread_visit_from(walk, local, entry, le16(entry + 28), extra);
}

static bool zipread_visit_entry(struct zipread *walk, size_t at)
{
    const uint8_t *entry = walk->data + at;
    const size_t left = walk->length - at;
    uint64_t offset;
    bool found = false;
    unsigned i;

    if (left < ZIP_ENTRY_SIZE ||
        left - ZIP_ENTRY_SIZE < (size_t)le16(entry + 28) + le16(entry + 30))
        return true;
    offset = zipread_offset(entry, entry + ZIP_ENTRY_SIZE + le16(entry + 28), le16(entry + 30));
    for (i = 0; i < walk->base_count; i++) {
        const size_t place = walk->bases[i] + (size_t)offset;
        struct zipread_mark *mark = zipread_mark_at(walk, place);

        if (mark == NULL || mark->at != place || mark->type != 3 ||
            walk->length - place < ZIP_LOCAL_SIZE || mark->tries > ZIPREAD_SAME)
            continue;
        mark->tries++;
        mark->claimed |= zipread_is_named(walk, walk->data + place, entry);
        found = true;
        if (!zipread_visit_header(walk, place, entry))
            return false;
    }
    /* Some do not look for the mark at all. */
    for (i = 0; i < walk->base_count && !found; i++) {
        const size_t place = walk->bases[i] + (size_t)offset;

        if (place < walk->length && walk->length - place >= ZIP_LOCAL_SIZE &&
            walk->orphans++ < ZIPREAD_ORPHANS && !zipread_visit_header(walk, place, entry))
            return false;
    }
    return true;
}

int zipread_walk(const uint8_t *data, size_t length, zipread_visit *visit, void *context)
{
    struct zipread walk = {.data = data, .length = length, .visit = visit, .context = context};
    int result = zipread_find_marks(&walk);
    bool on = true;
    size_t i;

    zipread_find_bases(&walk);
    for (i = 0; i < walk.count && on; i++)
        if (walk.marks[i].type == 1)
            on = zipread_visit_entry(&walk, walk.marks[i].at);
    for (i = 0; i < walk.count && on; i++)
        if (walk.marks[i].type == 3 && !walk.marks[i].claimed &&
            length - walk.marks[i].at >= ZIP_LOCAL_SIZE)
            on = zipread_visit_header(&walk, walk.marks[i].at, NULL);
    free(walk.marks);
    return result;
}
