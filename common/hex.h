/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hex: hexadecimal digits.
 *
 * Owner: nobody. Threads: pure functions.
 */
#ifndef EPOST_COMMON_HEX_H
#define EPOST_COMMON_HEX_H

#include <stddef.h>
#include <stdint.h>

#define HEX_SHA256      32
#define HEX_SHA256_TEXT (2 * HEX_SHA256 + 1)

/* The value of a digit of either case, or -1. */
static inline int hex_digit(int c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The byte of two digits, or -1. */
static inline int hex_byte(int high, int low)
{
    const int h = hex_digit(high), l = hex_digit(low);

    return h < 0 || l < 0 ? -1 : h << 4 | l;
}

/* Writes 2 * size lower-case digits and a NUL. Returns text. */
const char *hex_encode(const uint8_t *data, size_t size, char *text);

/* Reads exactly 2 * size lower-case digits. Returns 0, or -1. */
int hex_decode(const char *text, uint8_t *data, size_t size);

#endif
