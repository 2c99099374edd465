/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/trailing.h"

#include <string.h>

int trailing_gzip(const uint8_t *data, size_t length, uint64_t unpacked)
{
    uint32_t size;

    if (length < 18)
        return 0;
    memcpy(&size, data + length - 4, 4);
    /* a second member would begin like the first one, and may end with the same size */
    return unpacked > 0 && size == (uint32_t)unpacked &&
           memmem(data + 10, length - 10, "\x1f\x8b\x08", 3) == NULL;
}

/* A stream ends with 48 fixed bits and a 32-bit sum, then up to 7 bits to the next byte: so the
 * fixed bits end 32 to 39 bits before the end of the file. */
int trailing_bzip2(const uint8_t *data, size_t length)
{
    uint64_t tail = 0;
    unsigned shift;
    size_t i;

    if (length < 14)
        return 0;
    for (i = length - 11; i < length - 3; i++)
        tail = tail << 8 | data[i];
    for (shift = 0; shift < 16; shift++)
        if ((tail >> shift & UINT64_C(0xffffffffffff)) == UINT64_C(0x177245385090))
            break;
    if (shift == 16)
        return 0;
    /* a second stream would begin like the first one */
    return memmem(data + 10, length - 10, "BZh", 3) == NULL ||
           memmem(data + 10, length - 10, "1AY&SY", 6) == NULL;
}

int trailing_xz(const uint8_t *data, size_t length)
{
    return length >= 32 && memcmp(data + length - 2, "YZ", 2) == 0 &&
           memmem(data + 6, length - 6, "\xfd\x37zXZ\0", 6) == NULL;
}
