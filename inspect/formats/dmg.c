/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/dmg.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/formats/be.h"

#define DMG_TRAILER 512u
#define DMG_TABLE   204u /* bytes in front of a table's pieces */
#define DMG_PIECE   40u

static uint64_t dmg_be64(const uint8_t *bytes)
{
    return (uint64_t)be32(bytes) << 32 | be32(bytes + 4);
}

static int dmg_base64(int c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Decodes until the element ends; returns the bytes. */
static size_t dmg_decode(const uint8_t *at, const uint8_t *end, uint8_t *out)
{
    uint32_t bits = 0;
    unsigned have = 0;
    size_t used = 0;

    for (; at < end && *at != '<'; at++) {
        int value = dmg_base64(*at);

        if (value < 0)
            continue;
        bits = bits << 6 | (uint32_t)value;
        have += 6;
        if (have >= 8) {
            have -= 8;
            out[used++] = (uint8_t)(bits >> have);
        }
    }
    return used;
}

/* Zeroes, as they are, nothing, ADC, zlib, bzip2, a comment, the end. */
static int dmg_known(uint32_t type)
{
    return type <= 2 || (type >= UINT32_C(0x80000004) && type <= UINT32_C(0x80000006)) ||
           type == UINT32_C(0x7ffffffe) || type == UINT32_MAX;
}

/* A table's pieces. */
static int dmg_table_known(const uint8_t *table, size_t length)
{
    size_t at;

    if (length < DMG_TABLE || memcmp(table, "mish", 4) != 0)
        return 1;
    for (at = DMG_TABLE; length - at >= DMG_PIECE; at += DMG_PIECE)
        if (!dmg_known(be32(table + at)) && dmg_be64(table + at + 16) > 0)
            return 0;
    return 1;
}

int dmg_is_image(const uint8_t *data, size_t length)
{
    return length >= DMG_TRAILER && memcmp(data + length - DMG_TRAILER, "koly\0\0\0\4", 8) == 0;
}

const char *dmg_closed(const uint8_t *data, size_t length)
{
    const uint8_t *trailer = data + length - DMG_TRAILER, *at, *end;
    uint64_t offset = dmg_be64(trailer + 216), size = dmg_be64(trailer + 224);
    uint8_t *table;
    int known = 1;

    if (offset > length || size > length - offset || size == 0)
        return "an image without a list of its parts";
    at = data + offset;
    end = at + size;
    if (memmem(at, size, "Apple_APFS", 10) != NULL)
        return "an APFS volume";
    table = malloc(size);
    if (table == NULL)
        return "no memory for an image's list";
    while (known && (at = memmem(at, (size_t)(end - at), "<data>", 6)) != NULL) {
        at += 6;
        known = dmg_table_known(table, dmg_decode(at, end, table));
    }
    free(table);
    return known ? NULL : "parts packed in a way that cannot be undone";
}
