/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/egg.h"

#include <string.h>

#include "inspect/le.h"
#include "inspect/tiny.h"

#define EGG_HEADERS 1000000u

#define EGG_END     UINT32_C(0x08e28222)
#define EGG_FILE    UINT32_C(0x0a8590e3)
#define EGG_BLOCK   UINT32_C(0x02b50c13)
#define EGG_ENCRYPT UINT32_C(0x08d1470f)
#define EGG_SPLIT   UINT32_C(0x24f5a262)
#define EGG_SOLID   UINT32_C(0x24e5a060)

/* Extra fields up to their end, from *at on. Returns 0 where they break off. */
static int egg_extras(const uint8_t *data, size_t length, size_t *at, struct egg_facts *facts)
{
    while (length - *at >= 4) {
        uint32_t mark = le32(data + *at);
        size_t size, head;

        *at += 4;
        if (mark == EGG_END)
            return 1;
        if (length - *at < 5)
            return 0;
        head = data[*at] & 1 ? 5 : 3; /* the length is of four bytes, or of two */
        size = head == 5 ? le32(data + *at + 1) : le16(data + *at + 1);
        *at += head;
        if (size > length - *at)
            return 0;
        *at += size;
        facts->encrypted |= mark == EGG_ENCRYPT;
        facts->split |= mark == EGG_SPLIT;
        facts->closed |= mark == EGG_SOLID;
    }
    return 0;
}

/* A member's piece: method, sizes, content. */
static int egg_block(const uint8_t *data, size_t length, size_t *at, struct egg_facts *facts)
{
    size_t packed;

    if (length - *at < 18)
        return 0;
    facts->closed |= data[*at] > 2; /* stored, deflate, bzip2 */
    packed = le32(data + *at + 6);
    *at += 14;
    if (!egg_extras(data, length, at, facts) || packed > length - *at)
        return 0;
    *at += packed;
    return 1;
}

void egg_walk(const uint8_t *data, size_t length, struct egg_facts *facts)
{
    size_t at = 14;
    unsigned i;

    memset(facts, 0, sizeof *facts);
    facts->damaged = 1;
    if (length < at || !egg_extras(data, length, &at, facts))
        return;
    for (i = 0; i < EGG_HEADERS && length - at >= 4; i++) {
        uint32_t mark = le32(data + at);

        at += 4;
        if (mark == EGG_END) {
            facts->damaged = 0;
            return;
        }
        if (mark == EGG_BLOCK) {
            if (!egg_block(data, length, &at, facts))
                return;
        } else if (mark == EGG_FILE && length - at >= 12) {
            facts->members += le64(data + at + 4) > TINY_BYTES;
            at += 12;
            if (!egg_extras(data, length, &at, facts))
                return;
        } else {
            return;
        }
    }
}

/* A number of 1, 2, 4 or 8 bytes. */
static uint64_t egg_number(const uint8_t *data, size_t width)
{
    uint64_t number = 0;

    while (width > 0)
        number = number << 8 | data[--width];
    return number;
}

void egg_walk_alz(const uint8_t *data, size_t length, struct egg_facts *facts)
{
    size_t at = 8;
    unsigned i;

    memset(facts, 0, sizeof *facts);
    facts->damaged = 1;
    for (i = 0; i < EGG_HEADERS && length >= at && length - at >= 4; i++) {
        size_t name, width;
        uint64_t packed = 0;
        unsigned flags;

        if (memcmp(data + at, "BLZ\1", 4) != 0) {
            facts->damaged = memcmp(data + at, "CLZ", 3) != 0;
            return;
        }
        if (length - at < 13 + 6 + 16)
            return;
        name = le16(data + at + 4);
        flags = data[at + 11];
        width = flags >> 4;
        at += 13;
        if (width > 8)
            return;
        if (width > 0) {
            facts->closed |= data[at] > 2; /* stored, bzip2, deflate */
            packed = egg_number(data + at + 6, width);
            facts->members += egg_number(data + at + 6 + width, width) > TINY_BYTES;
            at += 6 + 2 * width;
        }
        facts->encrypted |= flags & 1;
        name += flags & 1 ? 12 : 0;
        if (name > length - at || packed > length - at - name)
            return;
        at += name + (size_t)packed;
    }
}
