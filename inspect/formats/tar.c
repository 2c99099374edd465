/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/tar.h"

#include <string.h>

#define TAR_BLOCK  512u
#define TAR_SIZE   124 /* where the fields of a header are */
#define TAR_SUM    148
#define TAR_TYPE   156
#define TAR_DIGITS 12u

/* An octal number, with blanks in front and a blank or NUL behind it. false if it is none. */
static bool tar_octal(const uint8_t *field, size_t width, uint64_t *number)
{
    size_t i = 0;

    *number = 0;
    while (i < width && field[i] == ' ')
        i++;
    if (i == width || field[i] < '0' || field[i] > '7')
        return false;
    for (; i < width && field[i] >= '0' && field[i] <= '7'; i++)
        *number = *number << 3 | (uint64_t)(field[i] - '0');
    return i == width || field[i] == ' ' || field[i] == '\0';
}

/* GNU's binary numbers have the first bit set. */
static bool tar_size(const uint8_t *header, uint64_t *size)
{
    const uint8_t *field = header + TAR_SIZE;
    size_t i;

    if (field[0] != 0x80)
        return tar_octal(field, TAR_DIGITS, size);
    *size = 0;
    for (i = TAR_DIGITS - 8; i < TAR_DIGITS; i++)
        *size = *size << 8 | field[i];
    return true;
}

bool tar_begins(const uint8_t *data, size_t length)
{
    uint64_t expected;
    uint64_t sum = 0;
    int64_t negative = 0;
    size_t i;

    if (length < TAR_BLOCK || data[0] == '\0' || !tar_octal(data + TAR_SUM, 8, &expected) ||
        expected < 256)
        return false;
    for (i = 0; i < TAR_BLOCK; i++) {
        const uint8_t byte = i >= TAR_SUM && i < TAR_SUM + 8 ? ' ' : data[i];

        sum += byte;
        negative += (int8_t)byte; /* as some old programs reckoned it */
    }
    return sum == expected || (negative >= 0 && (uint64_t)negative == expected);
}

/* Files. */
static bool tar_is_plain(uint8_t type)
{
    return type == '\0' || strchr("07S", type) != NULL;
}

/* Headers that only tell more about the next member. */
static bool tar_is_teller(uint8_t type)
{
    return type != '\0' && strchr("xgXLK", type) != NULL;
}

/* What such a header tells: a name with its NUL, or records that begin with their length. Anything
 * else is content, which some programs write out. */
static bool tar_is_told(uint8_t type, const uint8_t *data, size_t length)
{
    size_t digits = 0;

    if (type == 'L' || type == 'K')
        return data[length - 1] == '\0' && memchr(data, '\n', length) == NULL;
    while (digits < length && digits < TAR_DIGITS && data[digits] >= '0' && data[digits] <= '9')
        digits++;
    return digits > 0 && digits < length && data[digits] == ' ' &&
           memchr(data, '=', length) != NULL;
}

bool tar_next_odd(const uint8_t *data, size_t length, size_t *at, struct tar_member *member)
{
    for (; length >= TAR_BLOCK && *at <= length - TAR_BLOCK; *at += TAR_BLOCK) {
        const uint8_t *header = data + *at;
        const size_t left = length - *at - TAR_BLOCK;
        const uint8_t type = header[TAR_TYPE];
        uint64_t size;

        if (tar_is_plain(type) || !tar_begins(header, left + TAR_BLOCK) ||
            !tar_size(header, &size) || size == 0 || left == 0 ||
            tar_begins(header + TAR_BLOCK, left))
            continue;
        if (tar_is_teller(type) &&
            tar_is_told(type, header + TAR_BLOCK, size < left ? (size_t)size : left))
            continue;
        member->data = header + TAR_BLOCK;
        member->length = size < left ? (size_t)size : left;
        memcpy(member->name, header, TAR_NAME - 1);
        member->name[TAR_NAME - 1] = '\0';
        *at += TAR_BLOCK;
        if (member->length > 0)
            return true;
    }
    return false;
}
