/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/appended.h"

#include <string.h>
#include <zlib.h>

#include "inspect/le.h"
#include "inspect/carried.h"
#include "inspect/formats/arj.h"
#include "inspect/formats/rar.h"
#include "inspect/formats/sevenzip.h"
#include "inspect/formats/tar.h"
#include "inspect/formats/zip.h"
#include "inspect/inspection.h"
#include "inspect/xzwalk.h"

#define BEHIND_7Z_MARK "7z\xbc\xaf\x27\x1c"
#define APPENDED_BLOCK 512u /* bytes of tar */
#define BEHIND_XZ      32u  /* bytes of the shortest stream */
#define BEHIND_CHAINS  16u  /* streams that are read together with those behind them */
#define BEHIND_WORK    (UINT64_C(64) << 20) /* bytes: see struct appended_search */

/* Where a 7z with a right first header ends, counted from its mark, or 0 if it is none. */
static size_t appended_7z(const uint8_t *data, size_t length, uint64_t *work)
{
    struct sevenzip_bytes directory;

    *work += SEVENZIP_HEAD;
    if (length < SEVENZIP_HEAD || memcmp(data, BEHIND_7Z_MARK, 6) != 0 ||
        crc32(0, data + 12, 20) != le32(data + 8))
        return 0;
    return sevenzip_stored(data, length, &directory) ? (size_t)(directory.end - data) : length;
}

/* Where the stream of xz and all that follow it end, since xz joins them. In a disc or an archive
 * that nobody knows many files follow one another so: of most of them each by itself is enough. */
static size_t appended_xz(struct appended_search *search, size_t begin)
{
    const uint8_t *data = search->data;
    size_t at = begin, end = begin, one;

    while (search->length - at >= BEHIND_XZ && memcmp(data + at, "\xfd\x37zXZ\0", 6) == 0) {
        one = xzwalk_stream(data + at, search->length - at, &search->work);
        if (one == 0)
            return search->length - begin;
        end = at + one;
        if (begin < search->chained && search->chains >= BEHIND_CHAINS)
            break;
        for (at = end; search->length - at >= BEHIND_XZ && le32(data + at) == 0; at += 4)
            search->work += 4;
    }
    search->chains += begin < search->chained;
    search->chained = end > search->chained ? end : search->chained;
    return end - begin;
}

/* The test that tells one kind's mark from other bytes. */
static const struct appended_mark {
    enum kind kind;
    uint8_t byte;  /* one of the mark's, rare in text, to be looked for */
    size_t before; /* how many of the mark's bytes stand in front of it */
    size_t (*extent)(const uint8_t *data, size_t length, uint64_t *work); /* 0 if it is none */
    bool carried; /* looked for only in what is no archive itself, and guessed */
} marks[] = {
    {KIND_RAR, 0x1a, 4, rar_extent, false},
    {KIND_7Z, 0x1c, 5, appended_7z, false},
    {KIND_GZIP, 0x1f, 0, carried_gzip, true},
    {KIND_BZIP2, '&', 7, carried_bzip2, true},
    {KIND_XZ, 0xfd, 0, carried_xz, true},
    {KIND_ZSTD, 0xb5, 1, carried_zstd, true},
    {KIND_LZ4, 0x18, 3, carried_lz4, true},
    {KIND_LZIP, 'Z', 1, carried_lzip, true},
    {KIND_LHA, 'h', 4, carried_lha, true},
    {KIND_TAR, 't', 259, carried_tar, true},
    {KIND_CPIO, '7', 1, carried_cpio, true},
    {KIND_LZ4, 0x4c, 2, carried_lz4_old, true},
    {KIND_LZMA, 0x5d, 0, carried_lzma, true},
    {KIND_XAR, '!', 3, carried_xar, true},
    {KIND_CLOSED, 'q', 2, carried_squashfs, true},
    {KIND_CLOSED, 0x89, 0, carried_lzop, true},
    {KIND_COMPRESS, 0x9d, 1, carried_compress, true},
    {KIND_CPIO, 0x71, 0, carried_cpio_chain, true},
    {KIND_CPIO, 0xc7, 0, carried_cpio_chain, true},
    {KIND_CABODD, 'F', 3, carried_cab_odd, true},
    {KIND_CAB, 'F', 3, carried_cab, true}, /* libclamav finds both behind nothing known */
    {KIND_WITHIN, 0xea, 1, carried_arj, true},
    {KIND_ENCRYPTED, '_', 7, carried_salted, true},
    {KIND_ZIP, 'K', 1, carried_zip, true},
};

/* The ZIP that is the front. */
static void appended_walk(struct appended_search *search)
{
    struct zip_facts facts;

    if (search->has_walked)
        return;
    zip_walk(search->data, search->length, &facts);
    search->zip_begin = facts.begin;
    search->zip_end = facts.end;
    search->zip_lists = facts.directory || carried_zip_member(search->data, search->length);
    search->has_walked = true;
}

/* Has it a directory or a member? */
static bool appended_lists(struct appended_search *search)
{
    appended_walk(search);
    return search->zip_lists;
}

/* Is what the object begins as only a mark, with nothing behind it that the format has? */
static bool appended_is_false(const struct appended_search *search)
{
    const uint8_t *data = search->data;
    struct arj_facts arj;
    uint64_t work = 0;

    switch (search->front) {
    case KIND_GZIP:
        return carried_gzip(data, search->length, &work) == 0;
    case KIND_ZSTD:
        return carried_zstd(data, search->length, &work) == 0;
    case KIND_BZIP2:
        return carried_bzip2(data, search->length, &work) == 0;
    case KIND_COMPRESS:
        return carried_compress(data, search->length, &work) == 0;
    case KIND_LHA:
        return carried_lha(data, search->length, &work) == 0;
    case KIND_TAR:
        return !tar_begins(data, search->length);
    case KIND_ARJ:
        arj_walk(data, search->length, &arj);
        return !arj.archive;
    case KIND_PDF:
        return !pdf_is_likely(data, search->length) && !kind_has_iso(data, search->length) &&
               !kind_has_udf(data, search->length);
    default:
        return false;
    }
}

/* Kinds that are no archive, and old cpio: a compressed one stands behind it in an initrd. A ZIP
 * with something in front of it may be there to hide that, and so may be the mark of an archive
 * whose header is none. */
static bool appended_may_carry(struct appended_search *search)
{
    switch (search->front) {
    case KIND_NONE:
    case KIND_CPIO:
    case KIND_PYINSTALLER:
    case KIND_INLINED:
    case KIND_LZMA:
    case KIND_PGP:
    case KIND_BROTLI:
        return true;
    case KIND_ZIP:
        return memcmp(search->data, "PK", 2) != 0 || !appended_lists(search);
    default:
        return appended_is_false(search);
    }
}

static bool appended_carries(struct appended_search *search)
{
    if (!search->has_asked) {
        search->carries = appended_may_carry(search);
        search->has_asked = true;
    }
    return search->carries;
}

/* Where the ZIP ends that `at` lies in, if it lists its members: they are its own. Else `at`. */
static size_t appended_past_zip(struct appended_search *search, size_t at)
{
    if (search->front != KIND_ZIP)
        return at;
    appended_walk(search);
    return at >= search->zip_begin && at < search->zip_end ? search->zip_end : at;
}

/* What another reader finds behind such a front anyway: see appended_zip. */
static bool appended_is_known(const struct appended_search *search, enum kind kind)
{
    if (kind == KIND_ZIP)
        return search->front == KIND_ZIP || kind_has_zip_end(search->data, search->length);
    return (kind == KIND_CAB || kind == KIND_WITHIN) && search->front == KIND_NONE;
}

static int appended_marked(struct appended_search *search, const struct appended_mark *mark,
                           struct appended *found)
{
    if (mark->carried && (!appended_carries(search) || appended_is_known(search, mark->kind)))
        return 0;
    if (search->at == 0 && mark->kind == KIND_CPIO && search->front == KIND_CPIO)
        search->at = carried_cpio(search->data, search->length, &search->work);
    while (search->at < search->length) {
        const uint8_t *hit =
            memchr(search->data + search->at, mark->byte, search->length - search->at);
        size_t begin, extent;

        if (hit == NULL)
            return 0;
        if (search->work > BEHIND_WORK + 8 * (uint64_t)search->length) {
            search->exhausted = true;
            return 0;
        }
        search->at = (size_t)(hit - search->data) + 1;
        if (search->at <= mark->before + 1)
            continue; /* the object's own beginning */
        begin = search->at - 1 - mark->before;
        if (mark->carried && appended_past_zip(search, begin) > begin) {
            search->at = search->zip_end > search->at ? search->zip_end : search->at;
            continue;
        }
        extent = mark->extent(search->data + begin, search->length - begin, &search->work);
        if (extent == 0)
            continue;
        *found = (struct appended){mark->kind, begin, extent,
                                   mark->kind == KIND_XZ ? appended_xz(search, begin)
                                                         : search->length - begin,
                                   mark->carried && !kind_has(mark->kind, KIND_SHUT)};
        if (mark->carried)
            search->at = begin + extent > search->at ? begin + extent : search->at;
        if (mark->kind == KIND_ZIP) /* its reader goes through all that follows */
            search->at = search->length;
        return 1;
    }
    return 0;
}

/* Kinds that are read from a place of their own, whatever the object begins with. */
static const struct {
    enum kind kind;
    int (*present)(const uint8_t *data, size_t length);
} places[] = {
    {KIND_ISO, kind_has_iso},
    {KIND_UDF, kind_has_udf},
};

/* A ZIP counts if its directory lists a member that is there. Of an archive's members it is one,
 * or lies in one, so what stands in front of it has its own place. */
static int appended_zip(const struct appended_search *search, struct appended *found)
{
    struct zip_facts facts;

    if (search->front == KIND_ZIP || !kind_has_zip_end(search->data, search->length))
        return 0;
    zip_walk(search->data, search->length, &facts);
    if (facts.end == 0 &&
        (kind_has(search->front, KIND_MEMBERS) ||
         (facts.hidden == 0 && memmem(search->data, search->length, "PK\1\2", 4) == NULL)))
        return 0;
    if (facts.end == 0) /* damaged, or its places count from elsewhere */
        *found = (struct appended){KIND_ZIP, 0, search->length, search->length, true};
    else if (kind_has(search->front, KIND_MEMBERS) || facts.hidden == 0)
        *found = (struct appended){KIND_ZIP, facts.begin, facts.end - facts.begin,
                                   facts.end - facts.begin, false};
    else
        *found = (struct appended){KIND_ZIP, 0, search->length, search->length, false};
    return 1;
}

/* Tar from before it had a mark: unpackers go on at the next header that they find, in steps of a
 * block. */
static int appended_old_tar(const struct appended_search *search, struct appended *found)
{
    size_t at;

    for (at = APPENDED_BLOCK; at < search->length; at += APPENDED_BLOCK) {
        const size_t left = search->length - at;

        if (!tar_begins(search->data + at, left))
            continue;
        *found = (struct appended){KIND_TAR, at, APPENDED_BLOCK, left, true};
        return 1;
    }
    return 0;
}

int appended_next(struct appended_search *search, struct appended *found)
{
    const unsigned count = sizeof marks / sizeof marks[0];
    const unsigned last = count + sizeof places / sizeof places[0];

    for (; search->step < count;
         search->step++, search->at = 0, search->work = 0, search->chained = 0, search->chains = 0)
        if (appended_marked(search, &marks[search->step], found))
            return 1;
    while (search->step < last) {
        unsigned i = search->step++ - count;

        if (search->front == places[i].kind || !places[i].present(search->data, search->length))
            continue;
        *found = (struct appended){places[i].kind, 0, search->length, search->length, false};
        return 1;
    }
    if (search->step == last) {
        search->step++;
        if (appended_zip(search, found))
            return 1;
    }
    return search->step++ == last + 1 && appended_carries(search) &&
           appended_old_tar(search, found);
}

/* Unpackers of tar go on at the next header, whatever stands in front of it. */
static bool appended_has_tar(const uint8_t *data, size_t length, size_t at)
{
    for (at = (at + 511) & ~(size_t)511; at < length; at += 512)
        if (tar_begins(data + at, length - at))
            return true;
    return false;
}

size_t appended_front(const uint8_t *data, size_t length, enum kind front)
{
    struct appended_search search = BEHIND_SEARCH(data, length, front);
    struct appended found;
    size_t begin = 0;

    while (appended_next(&search, &found))
        if (!found.guessed && found.offset > begin && found.length == length - found.offset)
            begin = found.offset;
    if (search.exhausted || (front == KIND_TAR && appended_has_tar(data, length, begin)))
        return 0;
    return begin;
}

/* How the things begin that libclamav looks for everywhere. */
static const struct {
    const char *bytes;
    size_t length;
} begins[] = {
    {"PK\3\4", 4},
    {"Rar!\x1a\7", 6},
    {BEHIND_7Z_MARK, 6},
    {"MSCF\0\0\0\0", 8},
    {"\x60\xea", 2}, /* ARJ, see appended_begins */
    {"EGGA", 4},
    {"PE\0\0", 4},
    {"NullsoftInst", 12},
    {"InstallShield", 13},
    {"\xa3\x48\x4b\xbe\x98\x6c\x4a\xa9", 8}, /* AutoIt */
    {"%PDF-", 5},
    {"<xdp:xdp", 8},
    {"\1CD001", 6},
    {"\nMIME-Version:", 14},
};
#define BEHIND_BEGINS (sizeof begins / sizeof begins[0])

static int appended_begins(const uint8_t *at, size_t left, unsigned candidates)
{
    size_t i;

    for (i = 0; i < BEHIND_BEGINS; i++)
        if ((candidates >> i & 1) && left >= begins[i].length &&
            memcmp(at, begins[i].bytes, begins[i].length) == 0 &&
            (at[0] != 0x60 || (left > 10 && at[9] <= 2 && at[10] == 2)))
            return 1;
    return 0;
}

int appended_is_mixed(const uint8_t *data, size_t length)
{
    unsigned candidates[256] = {0}; /* by their first byte */
    size_t i;

    for (i = 0; i < BEHIND_BEGINS; i++)
        candidates[(uint8_t)begins[i].bytes[0]] |= 1u << i;
    for (i = 1; i < length; i++)
        if (candidates[data[i]] && appended_begins(data + i, length - i, candidates[data[i]]))
            return 1;
    /* images of disks, known by fixed places */
    if (length >= 1024 &&
        ((data[510] == 0x55 && data[511] == 0xaa) || memcmp(data + 512, "EFI PART", 8) == 0 ||
         memcmp(data + 512, "PM\0\0", 4) == 0))
        return 1;
    return kind_has_udf(data, length);
}
