/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/arj.h"

#include <string.h>

#include "inspect/le.h"
#include "inspect/tiny.h"

#define ARJ_FIXED   30u     /* bytes of a header's fixed part, at least */
#define ARJ_HEADER  2600u   /* bytes of a header, at most, as ARJ itself has it */
#define ARJ_MEMBERS 100000u /* headers that are looked at */

/* Offsets in the fixed part. */
#define ARJ_FLAGS    4
#define ARJ_METHOD   5
#define ARJ_TYPE     6
#define ARJ_PACKED   12
#define ARJ_UNPACKED 16

#define ARJ_GARBLED   0x01
#define ARJ_VOLUME    0x04 /* goes on in the next volume */
#define ARJ_EXTENDED  0x08 /* began in the one before */
#define ARJ_METHODS   4    /* 0 to 4 are known */
#define ARJ_TYPE_MAIN 2    /* types 0 and 1 are files, from 3 on directories and labels */

/* The header at *at: its fixed part, and *at behind all of it. NULL at the end of the archive,
 * which *end says, or where there is no header. */
static const uint8_t *arj_header(const uint8_t *data, size_t length, size_t *at, int *end)
{
    const uint8_t *fixed;
    size_t size, extended;

    *end = 0;
    if (length - *at < 4 || memcmp(data + *at, "\x60\xea", 2) != 0)
        return NULL;
    size = le16(data + *at + 2);
    *at += 4;
    *end = size == 0;
    if (size < ARJ_FIXED || size > ARJ_HEADER || length - *at < size + 4)
        return NULL;
    fixed = data + *at;
    if (fixed[0] < ARJ_FIXED || fixed[0] > size)
        return NULL;
    *at += size + 4;
    do { /* extended headers: size, content, CRC; the last is empty and has none */
        if (length - *at < 2)
            return NULL;
        extended = le16(data + *at);
        *at += 2;
        if (extended > 0 && length - *at < extended + 4)
            return NULL;
        *at += extended > 0 ? extended + 4 : 0;
    } while (extended > 0);
    return fixed;
}

void arj_walk(const uint8_t *data, size_t length, struct arj_facts *facts)
{
    const uint8_t *header;
    size_t at = 0;
    unsigned i;
    int end;

    memset(facts, 0, sizeof *facts);
    header = arj_header(data, length, &at, &end);
    if (header == NULL || header[ARJ_TYPE] != ARJ_TYPE_MAIN)
        return;
    facts->archive = 1;
    facts->encrypted = (header[ARJ_FLAGS] & ARJ_GARBLED) != 0;
    for (i = 0; i < ARJ_MEMBERS; i++) {
        uint32_t packed;

        header = arj_header(data, length, &at, &end);
        if (header == NULL)
            break;
        packed = le32(header + ARJ_PACKED);
        facts->encrypted |= (header[ARJ_FLAGS] & ARJ_GARBLED) != 0;
        facts->split |= (header[ARJ_FLAGS] & (ARJ_VOLUME | ARJ_EXTENDED)) != 0;
        if (header[ARJ_TYPE] < ARJ_TYPE_MAIN && le32(header + ARJ_UNPACKED) > TINY_BYTES) {
            facts->members++;
            facts->unknown |= header[ARJ_METHOD] > ARJ_METHODS;
            facts->bytes += le32(header + ARJ_UNPACKED);
        }
        if (packed > length - at)
            break;
        at += packed;
    }
    facts->damaged = !end;
}
