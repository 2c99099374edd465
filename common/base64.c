/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/base64.h"

#define BASE64_URL   0x40 /* a digit of the alphabet of URLs alone */
#define BASE64_OTHER 0x80 /* none at all */
#define BASE64_BITS  0x3f

/* Of each byte; -1 for what is in neither alphabet. 126 and 127 are BASE64_URL digits. */
static const int8_t base64_values[256] = {
    -1, -1,  -1, -1, -1, -1, -1, -1,  -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1,  -1, -1, -1, -1, -1, -1,  -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, 62,
    -1, 126, -1, 63, 52, 53, 54, 55,  56, 57, 58, 59, 60, 61, -1, -1, -1, -1, -1, -1, -1, 0,
    1,  2,   3,  4,  5,  6,  7,  8,   9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22,
    23, 24,  25, -1, -1, -1, -1, 127, -1, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38,
    39, 40,  41, 42, 43, 44, 45, 46,  47, 48, 49, 50, 51, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1,  -1, -1, -1, -1, -1, -1,  -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1,  -1, -1, -1, -1, -1, -1,  -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1,  -1, -1, -1, -1, -1, -1,  -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1,  -1, -1, -1, -1, -1, -1,  -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1,  -1, -1, -1, -1, -1, -1,  -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
    -1, -1,  -1, -1, -1, -1, -1, -1,  -1, -1, -1, -1, -1, -1};

int base64_value(uint8_t c)
{
    return base64_values[c] < 0 ? -1 : base64_values[c] & BASE64_BITS;
}

int base64_plain_value(uint8_t c)
{
    return base64_values[c] & BASE64_URL ? -1 : base64_values[c];
}

size_t base64_groups(const uint8_t *text, size_t groups, bool url, uint8_t *out)
{
    const unsigned wrong = url ? BASE64_OTHER : BASE64_OTHER | BASE64_URL;
    size_t done = 0;

    for (; done < groups; done++, text += 4, out += 3) {
        const unsigned a = (uint8_t)base64_values[text[0]], b = (uint8_t)base64_values[text[1]];
        const unsigned c = (uint8_t)base64_values[text[2]], d = (uint8_t)base64_values[text[3]];

        if ((a | b | c | d) & wrong)
            break;
        out[0] = (uint8_t)(a << 2 | (b & BASE64_BITS) >> 4);
        out[1] = (uint8_t)(b << 4 | (c & BASE64_BITS) >> 2);
        out[2] = (uint8_t)(c << 6 | (d & BASE64_BITS));
    }
    return done;
}

int base64_decode(const char *text, size_t length, char *out, size_t size)
{
    size_t padding = 0, used = 0;

    if (length == 0 || length % 4 != 0)
        return -1;
    while (padding < 2 && text[length - 1 - padding] == '=')
        padding++;
    for (size_t i = 0; i < length; i += 4) {
        uint32_t bits = 0;
        size_t bytes = i + 4 == length ? 3 - padding : 3;
        for (size_t j = 0; j < 4; j++) {
            int digit = j > bytes ? 0 : base64_plain_value((uint8_t)text[i + j]);
            if (digit < 0)
                return -1;
            bits = bits << 6 | (uint32_t)digit;
        }
        for (size_t j = 0; j < bytes; j++) {
            if (used + 1 >= size)
                return -1;
            out[used++] = (char)(bits >> (16 - 8 * j));
        }
    }
    out[used] = '\0';
    return (int)used;
}
