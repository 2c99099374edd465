/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands behind a compressed stream that libclamav has unpacked. Two streams, one behind the
 * other, must never be taken for one: libclamav unpacks the first alone.
 *
 * The input is one byte, which says how much of the first stream was unpacked as a multiple of
 * what it says itself, and the stream.
 */
#include <stdlib.h>
#include <string.h>

#include "inspect/trailing.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void trailing_never_two(const uint8_t *two, size_t length, uint64_t unpacked)
{
    static const uint8_t gzip[] = {0x1f, 0x8b, 8}, xz[] = {0xfd, '7', 'z', 'X', 'Z', 0};

    if (length / 2 < 18)
        return;
    if (memcmp(two, gzip, sizeof gzip) == 0 && trailing_gzip(two, length, unpacked))
        abort();
    if (memcmp(two, "BZh", 3) == 0 && memcmp(two + 4, "1AY&SY", 6) == 0 &&
        trailing_bzip2(two, length))
        abort();
    if (memcmp(two, xz, sizeof xz) == 0 && trailing_xz(two, length))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint32_t said = 0;

    if (size < 1 || size > 65536)
        return 0;
    size_t length = size - 1;
    uint8_t *copy = malloc(length ? length : 1), *two = malloc(2 * length + 1);
    if (!copy || !two)
        abort();
    memcpy(copy, data + 1, length);
    if (length >= 4)
        memcpy(&said, copy + length - 4, 4);
    uint64_t unpacked = said + ((uint64_t)data[0] << 32);
    trailing_gzip(copy, length, unpacked);
    trailing_bzip2(copy, length);
    trailing_xz(copy, length);
    memcpy(two, copy, length);
    memcpy(two + length, copy, length);
    trailing_never_two(two, 2 * length, unpacked);
    free(copy);
    free(two);
    return 0;
}
