/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/rar.h"

#include <string.h>
#include <zlib.h>

#include "inspect/le.h"

#define RAR_BLOCKS     100000     /* headers that are looked at */
#define RAR_HEADER_MAX (2u << 20) /* bytes of one of RAR 5's */

static void rar_walk4(const uint8_t *data, size_t length, struct rar_facts *facts)
{
    size_t at = 7;
    int blocks;

    for (blocks = 0; blocks < RAR_BLOCKS && length - at >= 7; blocks++, facts->blocks++) {
        const uint8_t *block = data + at;
        unsigned type = block[2], flags = le16(block + 3);
        uint64_t size = le16(block + 5);

        if (size < 7 || size > length - at)
            return;
        if (type == 0x73 && (flags & 0x0080)) {
            facts->encrypted = 1;
            return; /* from here on all is noise */
        }
        if (type == 0x74) {
            facts->encrypted |= (flags & 0x04) != 0;
            facts->split |= (flags & 0x03) != 0;
        }
        if (((flags & 0x8000) || type == 0x74) && size >= 11)
            size += le32(block + 7);
        if ((flags & 0x0100) && type == 0x74 && le16(block + 5) >= 36)
            size += (uint64_t)le32(block + 32) << 32;
        if (size > length - at)
            return;
        at += size;
        if (type == 0x7b) {
            facts->end = at;
            return;
        }
    }
}

/* RAR 5's numbers of variable length. Moves *at on. */
static int rar_number(const uint8_t **at, const uint8_t *end, uint64_t *value)
{
    unsigned shift;

    *value = 0;
    for (shift = 0; shift < 63 && *at < end; shift += 7) {
        uint8_t byte = *(*at)++;

        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return 1;
    }
    return 0;
}

/* 1 if one of the records in a header's extra area is of type encryption. */
static int rar_extra_encrypted(const uint8_t *at, const uint8_t *end)
{
    uint64_t size, type;

    while (at < end && rar_number(&at, end, &size) && size > 0 && size <= (uint64_t)(end - at)) {
        const uint8_t *record = at;

        if (rar_number(&record, at + size, &type) && type == 1)
            return 1;
        at += size;
    }
    return 0;
}

static void rar_walk5(const uint8_t *data, size_t length, struct rar_facts *facts)
{
    const uint8_t *at = data + 8, *end = data + length;
    int blocks;

    for (blocks = 0; blocks < RAR_BLOCKS && end - at > 6; blocks++, facts->blocks++) {
        uint64_t size, type, flags, extra = 0, body = 0;
        const uint8_t *header_end;

        at += 4; /* CRC */
        if (!rar_number(&at, end, &size) || size > (uint64_t)(end - at))
            return;
        header_end = at + size;
        if (!rar_number(&at, header_end, &type) || !rar_number(&at, header_end, &flags) ||
            ((flags & 1) && !rar_number(&at, header_end, &extra)) ||
            ((flags & 2) && !rar_number(&at, header_end, &body)))
            return;
        if (type == 4) {
            facts->encrypted = 1;
            return;
        }
        if (type == 2) {
            facts->split |= (flags & 0x18) != 0;
            if (extra <= (uint64_t)(header_end - at))
                facts->encrypted |= rar_extra_encrypted(header_end - extra, header_end);
        }
        if (type == 5)
            facts->end = (size_t)(header_end - data);
        if (type == 5 || body > (uint64_t)(end - header_end))
            return;
        at = header_end + body;
    }
}

void rar_walk(const uint8_t *data, size_t length, struct rar_facts *facts)
{
    memset(facts, 0, sizeof *facts);
    facts->end = length;
    if (length >= 8 && memcmp(data, "Rar!\x1a\7\1\0", 8) == 0)
        rar_walk5(data, length, facts);
    else if (length >= 7 && memcmp(data, "Rar!\x1a\7\0", 7) == 0)
        rar_walk4(data, length, facts);
}

/* Is the first header behind the mark what it says? Unpackers turn away from it if not. */
static int rar_begins(const uint8_t *data, size_t length, uint64_t *work)
{
    const uint8_t *at = data + 12, *end = data + length;
    uint64_t size;

    if (length >= 20 && memcmp(data, "Rar!\x1a\7\0", 7) == 0) {
        size = le16(data + 12);
        return data[9] == 0x73 && size >= 13 && size <= length - 7 &&
               (crc32(0, data + 9, (uInt)size - 2) & 0xffff) == le16(data + 7);
    }
    if (length < 16 || memcmp(data, "Rar!\x1a\7\1\0", 8) != 0 || !rar_number(&at, end, &size) ||
        size > RAR_HEADER_MAX || size > (uint64_t)(end - at))
        return 0;
    *work += size;
    return crc32(0, data + 12, (uInt)((size_t)(at - data) - 12 + size)) == le32(data + 8);
}

size_t rar_extent(const uint8_t *data, size_t length, uint64_t *work)
{
    struct rar_facts facts;

    if (!rar_begins(data, length, work))
        return 0;
    rar_walk(data, length, &facts);
    *work += facts.blocks * UINT64_C(64);
    return facts.end;
}
