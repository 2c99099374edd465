/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/kindof.h"

#include <string.h>

#include "inspect/carried.h"
#include "inspect/encrypted.h"
#include "inspect/formats/asar.h"
#include "inspect/formats/be.h"
#include "inspect/formats/cabodd.h"
#include "inspect/formats/gitlines.h"
#include "inspect/formats/httpmessage.h"
#include "inspect/formats/closed.h"
#include "inspect/formats/cms.h"
#include "inspect/formats/dmg.h"
#include "inspect/formats/forks.h"
#include "inspect/formats/ole2records.h"
#include "inspect/formats/pgp.h"
#include "inspect/formats/pyinstaller.h"
#include "inspect/formats/tar.h"
#include "inspect/le.h"
#include "inspect/lzmahead.h"
#include "inspect/marks.h"
#include "inspect/pgpform.h"

#define MARK(offset, bytes) {(offset), sizeof(bytes) - 1, (bytes)},
#define FORMAT(kind, name, marks, ...)                                                             \
    static const struct mark kindof_marks_##kind[] = {marks{0, 0, NULL}};
#include "inspect/formats.def"

#define FORMAT(kind, ...) [KIND_##kind] = kindof_marks_##kind,
static const struct mark *const kindof_marks[] = {
    [KIND_NONE] = NULL,
#include "inspect/formats.def"
};
#define KINDOF_COUNT (sizeof kindof_marks / sizeof kindof_marks[0])

static bool kindof_begins(const uint8_t *data, size_t length, const char *bytes, size_t size)
{
    return length >= size && memcmp(data, bytes, size) == 0;
}

/* With the mark alone no program opens it: the byte order or the size of a sector must make sense.
 */
static bool kindof_is_ole2(const uint8_t *data, size_t length)
{
    return kindof_begins(data, length, OLE2_MAGIC, 8) && length >= 32 &&
           (le16(data + 28) == 0xfffe || (le16(data + 30) >= 6 && le16(data + 30) <= 30));
}

/* CMS or PKCS#7 with content in the open: signed, digested, compressed, authenticated or
 * time-stamped data. */
static int kindof_is_cms(const uint8_t *data, size_t length)
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

/* A frame that unpackers of zstd and of lz4 skip; both have the same ones. */
static int kindof_has_skippable(const uint8_t *data, size_t length)
{
    return length >= 8 && (data[0] & 0xf0) == 0x50 && memcmp(data + 1, "\x2a\x4d\x18", 3) == 0;
}

/* The first other frame tells whose file it is. */
static int kindof_is_skippable_lz4(const uint8_t *data, size_t length)
{
    bool skipped = false;

    while (kindof_has_skippable(data, length)) {
        size_t size = 8 + (size_t)le32(data + 4);

        skipped = true;
        if (size > length)
            break;
        data += size;
        length -= size;
    }
    return skipped && (kindof_begins(data, length, "\x04\x22\x4d\x18", 4) ||
                       kindof_begins(data, length, "\x02\x21\x4c\x18", 4));
}

/* The mark of tar stands far behind the begin: without the sum of its header, another kind's mark
 * counts more. */
static enum kind kindof_by_marks(const uint8_t *data, size_t length)
{
    enum kind weak = KIND_NONE;
    size_t i;

    for (i = KIND_NONE + 1; i < KINDOF_COUNT; i++) {
        if (!marks_any(kindof_marks[i], data, length))
            continue;
        if (i != KIND_TAR || tar_begins(data, length))
            return (enum kind)i;
        weak = KIND_TAR;
    }
    return weak;
}

/* Marks of four bytes, which may be an accident: what follows them is looked at as far as it is
 * there. */
static bool kindof_holds(enum kind kind, const uint8_t *data, size_t length)
{
    switch (kind) {
    case KIND_ZIP:
        return memcmp(data, "PK\5\6", 4) != 0 || length < 22 || kind_has_zip_end(data, length);
    case KIND_XAR:
        return length < 8 || (be16(data + 4) >= 28 && be16(data + 6) <= 1);
    case KIND_EGG:
        return length < 6 || le16(data + 4) == 0x100;
    case KIND_ALZ:
        return length < 12 || memcmp(data + 8, "BLZ\1", 4) == 0 || memcmp(data + 8, "CLZ", 3) == 0;
    case KIND_LZ4:
        return length < 8 || data[0] != 2 ||
               (le32(data + 4) > 0 && le32(data + 4) <= CARRIED_LZ4_BLOCK);
    default:
        return true;
    }
}

enum kind kind_of(const uint8_t *data, size_t length, const char *name)
{
    enum kind kind = kindof_by_marks(data, length);

    if (kind != KIND_NONE && !kindof_holds(kind, data, length))
        kind = KIND_NONE;

    if (kind != KIND_NONE)
        return kind;
#define TEST(kind_, condition)                                                                     \
    if (condition)                                                                                 \
        return KIND_##kind_;
#include "inspect/formats.def"
    return KIND_NONE;
}
