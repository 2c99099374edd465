/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/bech32.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define BECH32_CHECKSUM 6
#define BECH32_DIGITS   52 /* of five bits each, for 32 bytes */

static const char bech32_letters[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

static uint32_t bech32_step(uint32_t sum, uint8_t value)
{
    static const uint32_t generator[5] = {0x3b6a57b2u, 0x26508e6du, 0x1ea119fau, 0x3d4233ddu,
                                          0x2a1462b3u};
    uint32_t top = sum >> 25;

    sum = (sum & 0x1ffffffu) << 5 ^ value;
    for (unsigned i = 0; i < 5; i++)
        if (top >> i & 1)
            sum ^= generator[i];
    return sum;
}

static uint32_t bech32_sum(const char *prefix, const uint8_t *digits, size_t count)
{
    uint32_t sum = 1;

    for (const char *c = prefix; *c; c++)
        sum = bech32_step(sum, (uint8_t)*c >> 5);
    sum = bech32_step(sum, 0);
    for (const char *c = prefix; *c; c++)
        sum = bech32_step(sum, (uint8_t)*c & 31);
    for (size_t i = 0; i < count; i++)
        sum = bech32_step(sum, digits[i]);
    return sum;
}

/* Into lower case; false for a text of both cases, or one that is too long. */
static bool bech32_lower(char lower[BECH32_TEXT], const char *text)
{
    bool has_lower = false, has_upper = false;
    size_t length = strlen(text);

    if (length >= BECH32_TEXT)
        return false;
    for (size_t i = 0; i <= length; i++) {
        has_lower |= islower((unsigned char)text[i]) != 0;
        has_upper |= isupper((unsigned char)text[i]) != 0;
        lower[i] = (char)tolower((unsigned char)text[i]);
    }
    return !has_lower || !has_upper;
}

int bech32_read(const char *text, const char *prefix, uint8_t bytes_r[BECH32_BYTES])
{
    char lower[BECH32_TEXT];
    uint8_t digits[BECH32_DIGITS + BECH32_CHECKSUM];
    size_t length = strlen(prefix), used = 0;
    uint32_t bits = 0;
    unsigned held = 0;

    if (!bech32_lower(lower, text) || strncmp(lower, prefix, length) != 0 || lower[length] != '1' ||
        strlen(lower + length + 1) != sizeof digits)
        return -1;
    for (size_t i = 0; i < sizeof digits; i++) {
        const char *letter = strchr(bech32_letters, lower[length + 1 + i]);
        if (!letter)
            return -1;
        digits[i] = (uint8_t)(letter - bech32_letters);
    }
    if (bech32_sum(prefix, digits, sizeof digits) != 1)
        return -1;
    for (size_t i = 0; i < BECH32_DIGITS; i++) {
        bits = bits << 5 | digits[i];
        held += 5;
        if (held < 8)
            continue;
        held -= 8;
        bytes_r[used++] = (uint8_t)(bits >> held);
        bits &= (1u << held) - 1;
    }
    return used == BECH32_BYTES && bits == 0 ? 0 : -1;
}
