/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/xzwalk.h"

#include <stdbool.h>
#include <string.h>
#include <zlib.h>

#include "inspect/formats/be.h"
#include "inspect/le.h"

#define XZWALK_HEAD    12u /* bytes of a stream's header, and of its footer */
#define XZWALK_CHUNK   8u  /* what one chunk costs, in bytes looked at */
#define XZWALK_VLI_MAX 9u  /* bytes of a number */

/* Behind the chunks of LZMA2 that begin at `at`; 0 if they are not whole. */
static size_t xzwalk_chunks(const uint8_t *data, size_t length, size_t at, uint64_t *work)
{
    while (at < length && data[at] != 0) {
        const uint8_t control = data[at];
        const size_t head = control < 0x80 ? 3 : control < 0xc0 ? 5 : 6;

        *work += XZWALK_CHUNK;
        if ((control > 2 && control < 0x80) || length - at < head)
            return 0;
        at += head + be16(data + at + (control < 0x80 ? 1 : 3)) + 1;
    }
    return at < length ? at + 1 : 0;
}

/* Behind the block that begins at `at`, with its check sum; 0 if it is not whole. */
static size_t xzwalk_block(const uint8_t *data, size_t length, size_t at, uint64_t *work)
{
    static const uint8_t sums[16] = {0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64};
    const size_t head = (data[at] + 1u) * 4;

    if (length - at < head || crc32(0, data + at, (uInt)head - 4) != le32(data + at + head - 4))
        return 0;
    *work += head;
    at = xzwalk_chunks(data, length, at + head, work);
    return at > 0 ? ((at + 3) & ~(size_t)3) + sums[data[7] & 15] : 0;
}

/* Behind the number at `at`; 0 if it is none. */
static size_t xzwalk_number(const uint8_t *data, size_t length, size_t at, uint64_t *number_r)
{
    unsigned count;

    *number_r = 0;
    for (count = 0; count < XZWALK_VLI_MAX && at < length; count++) {
        *number_r |= (uint64_t)(data[at] & 0x7f) << (7 * count);
        if (!(data[at++] & 0x80))
            return at;
    }
    return 0;
}

/* Behind the index and the footer; 0 if they are not there. */
static size_t xzwalk_index(const uint8_t *data, size_t length, size_t at, uint64_t *work)
{
    uint64_t records, number;

    at = xzwalk_number(data, length, at + 1, &records);
    for (; at > 0 && records > 0; records--) {
        *work += 2;
        at = xzwalk_number(data, length, at, &number);
        if (at > 0)
            at = xzwalk_number(data, length, at, &number);
    }
    at = at > 0 ? ((at + 3) & ~(size_t)3) + 4 : length;
    if (at > length || length - at < XZWALK_HEAD || memcmp(data + at + 10, "YZ", 2) != 0 ||
        crc32(0, data + at + 4, 6) != le32(data + at))
        return 0;
    return at + XZWALK_HEAD;
}

size_t xzwalk_stream(const uint8_t *data, size_t length, uint64_t *work)
{
    size_t at = XZWALK_HEAD;

    while (at > 0 && at < length && data[at] != 0)
        at = xzwalk_block(data, length, at, work);
    return at > 0 && at < length ? xzwalk_index(data, length, at, work) : 0;
}
