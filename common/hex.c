/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/hex.h"

#include <string.h>

const char *hex_encode(const uint8_t *data, size_t size, char *text)
{
    static const char digits[] = "0123456789abcdef";

    for (size_t i = 0; i < size; i++) {
        text[2 * i] = digits[data[i] >> 4];
        text[2 * i + 1] = digits[data[i] & 15];
    }
    text[2 * size] = '\0';
    return text;
}

int hex_decode(const char *text, uint8_t *data, size_t size)
{
    if (strlen(text) != 2 * size || strpbrk(text, "ABCDEF"))
        return -1;
    for (size_t i = 0; i < size; i++) {
        int byte = hex_byte(text[2 * i], text[2 * i + 1]);

        if (byte < 0)
            return -1;
        data[i] = (uint8_t)byte;
    }
    return 0;
}
