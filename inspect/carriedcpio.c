/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The members of cpio archives of all kinds: see carried.h.
 */
#include "config.h"

#include "inspect/carried.h"

#include <string.h>

#include "common/hex.h"
#include "inspect/formats/be.h"
#include "inspect/le.h"

#define CARRIED_CPIO        110u /* bytes of a header */
#define CARRIED_CPIO_OLD    76u
#define CARRIED_CPIO_BINARY 26u

static bool carriedcpio_digits(const uint8_t *data, size_t length, bool octal)
{
    size_t i;

    for (i = 0; i < length; i++)
        if (!(data[i] >= '0' && data[i] <= '7') &&
            (octal || !(data[i] == '8' || data[i] == '9' ||
                        ((data[i] | 0x20) >= 'a' && (data[i] | 0x20) <= 'f'))))
            return false;
    return true;
}

/* A number of a header, octal or hexadecimal. */
static uint64_t carriedcpio_number(const uint8_t *at, unsigned digits, bool octal)
{
    uint64_t value = 0;
    unsigned i;

    for (i = 0; i < digits; i++)
        value = value << (octal ? 3 : 4) | (unsigned)hex_digit(at[i]);
    return value;
}

/* Digits may be numbers of any text. A name ends with a zero; who reads it without one takes a
 * regular file only with a name that is no more of the digits. */
static bool carriedcpio_is_named(const uint8_t *name, size_t length, uint64_t mode)
{
    return length > 0 && (name[length - 1] == '\0' || (mode >> 12 == 8 && name[0] > ' ' &&
                                                       !carriedcpio_digits(name, 1, false)));
}

/* The length of the member that begins here, or 0 if none does. */
static size_t carriedcpio_member(const uint8_t *data, size_t length, bool *last_r)
{
    const bool old = length >= 6 && memcmp(data, "070707", 6) == 0;
    const size_t head = old ? CARRIED_CPIO_OLD : CARRIED_CPIO, pad = old ? 0 : 3;
    uint64_t name, size, mode;

    if (length < head + 2 || (!old && memcmp(data, "070701", 6) != 0 && memcmp(data, "070702", 6)))
        return 0;
    if (!carriedcpio_digits(data, head, old) || data[head] == '\0')
        return 0;
    name = old ? carriedcpio_number(data + 59, 6, true) : carriedcpio_number(data + 94, 8, false);
    size = old ? carriedcpio_number(data + 65, 11, true) : carriedcpio_number(data + 54, 8, false);
    mode = old ? carriedcpio_number(data + 18, 6, true) : carriedcpio_number(data + 14, 8, false);
    if (name > length - head || !carriedcpio_is_named(data + head, (size_t)name, mode))
        return 0;
    *last_r = name == 11 && memcmp(data + head, "TRAILER!!!", 11) == 0;
    name = (head + name + pad) & ~(uint64_t)pad;
    size = (size + pad) & ~(uint64_t)pad;
    return name > length || size > length - name ? length : (size_t)(name + size);
}

/* The length of all members that follow one another here; `head` bytes are looked at of each. */
static size_t carriedcpio_members(const uint8_t *data, size_t length, uint64_t *work, size_t head,
                                  size_t (*member)(const uint8_t *, size_t, bool *))
{
    size_t at = 0, used;
    bool last = false;

    while (!last && (used = member(data + at, length - at, &last)) > 0) {
        *work += head;
        at += used;
    }
    return at;
}

size_t carried_cpio(const uint8_t *data, size_t length, uint64_t *work)
{
    return carriedcpio_members(data, length, work, CARRIED_CPIO, carriedcpio_member);
}

static uint16_t carriedcpio_word(const uint8_t *at, bool swapped)
{
    return swapped ? be16(at) : le16(at);
}

/* A name without control characters, and its NUL. */
static bool carriedcpio_is_name(const uint8_t *name, size_t length)
{
    size_t i;

    for (i = 0; i + 1 < length; i++)
        if (name[i] < ' ' || name[i] == 0x7f)
            return false;
    return name[length - 1] == '\0';
}

/* The length of a member of the old binary cpio, or 0. Its mark has two bytes, so the header must
 * hold. */
static size_t carriedcpio_binary(const uint8_t *data, size_t length, bool *last_r)
{
    const bool swapped = length > 0 && data[0] == 0x71;
    size_t name, size;

    if (length < CARRIED_CPIO_BINARY + 2 ||
        (memcmp(data, "\xc7\x71", 2) != 0 && memcmp(data, "\x71\xc7", 2) != 0))
        return 0;
    name = carriedcpio_word(data + 20, swapped);
    size =
        (size_t)carriedcpio_word(data + 22, swapped) << 16 | carriedcpio_word(data + 24, swapped);
    length -= CARRIED_CPIO_BINARY;
    data += CARRIED_CPIO_BINARY;
    if (name < 2 || name >= 4096 || length < name || !carriedcpio_is_name(data, name))
        return 0;
    *last_r = name == 11 && memcmp(data, "TRAILER!!!", 11) == 0;
    name += name & 1;
    size += size & 1;
    return CARRIED_CPIO_BINARY + (name > length || size > length - name ? length : name + size);
}

size_t carried_cpio_binary(const uint8_t *data, size_t length, uint64_t *work)
{
    *work += 2;
    return carriedcpio_members(data, length, work, CARRIED_CPIO_BINARY, carriedcpio_binary);
}

/* In the midst of other bytes another member has to follow, or the end. */
size_t carried_cpio_chain(const uint8_t *data, size_t length, uint64_t *work)
{
    bool last = false;
    const size_t used = carriedcpio_binary(data, length, &last);

    *work += 2;
    if (used == 0 || used >= length || carriedcpio_binary(data + used, length - used, &last) == 0)
        return 0;
    return carried_cpio_binary(data, length, work);
}
