/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/chm.h"

#include <string.h>

#include "inspect/le.h"
#include "inspect/tiny.h"

#define CHM_HEAD   0x58u
#define CHM_ITSP   0x54u
#define CHM_LIST   20u     /* bytes of a chunk's header */
#define CHM_CHUNKS 100000u /* that are looked at */

/* A number in groups of seven bits, the highest first. Returns 0 where it does not end. */
static int chm_number(const uint8_t **at, const uint8_t *end, uint64_t *number)
{
    unsigned i;

    *number = 0;
    for (i = 0; i < 9 && *at < end; i++) {
        const uint8_t byte = *(*at)++;

        *number = *number << 7 | (byte & 0x7f);
        if (!(byte & 0x80))
            return 1;
    }
    return 0;
}

/* The files of one chunk. Names that begin with two colons are the format's own. */
static int chm_list(const uint8_t *at, const uint8_t *end, struct chm_facts *facts)
{
    while (at < end) {
        uint64_t name_length, section, offset, size;
        const uint8_t *name;

        if (!chm_number(&at, end, &name_length) || name_length > (uint64_t)(end - at))
            return 0;
        name = at;
        at += name_length;
        if (!chm_number(&at, end, &section) || !chm_number(&at, end, &offset) ||
            !chm_number(&at, end, &size))
            return 0;
        if (size > TINY_BYTES && (name_length < 2 || memcmp(name, "::", 2) != 0)) {
            facts->members++;
            facts->bytes += size;
        }
    }
    return 1;
}

void chm_walk(const uint8_t *data, size_t length, struct chm_facts *facts)
{
    uint64_t directory;
    uint32_t chunk, count, i, free_bytes;
    size_t at;

    memset(facts, 0, sizeof *facts);
    facts->damaged = 1;
    if (length < CHM_HEAD)
        return;
    directory = le64(data + 0x48);
    if (directory > length || length - directory < CHM_ITSP ||
        memcmp(data + directory, "ITSP", 4) != 0)
        return;
    chunk = le32(data + directory + 0x10);
    count = le32(data + directory + 0x2c);
    at = (size_t)directory + le32(data + directory + 8);
    if (chunk <= CHM_LIST || count > CHM_CHUNKS)
        return;
    for (i = 0; i < count; i++, at += chunk) {
        if (at > length || length - at < chunk)
            return;
        if (memcmp(data + at, "PMGL", 4) != 0)
            continue; /* an index of the lists */
        free_bytes = le32(data + at + 4);
        if (free_bytes > chunk - CHM_LIST ||
            !chm_list(data + at + CHM_LIST, data + at + chunk - free_bytes, facts))
            return;
    }
    facts->damaged = 0;
}
