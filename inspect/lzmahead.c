/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/lzmahead.h"

#include <lzma.h>
#include <string.h>

#include "inspect/le.h"
#include "inspect/window.h"

#define LZMAHEAD_STREAM     18u   /* bytes of a header and the first ones of a stream */
#define LZMAHEAD_LEAST      4096u /* bytes of the smallest dictionary */
#define LZMAHEAD_PROPERTIES (9u * 5 * 5)
#define LZMAHEAD_TRY        4096u /* bytes that are unpacked to see whether it is a stream */
#define LZMAHEAD_UNPACKED   (UINT64_C(1) << 40)

static bool lzmahead_dictionary(const uint8_t *data)
{
    uint32_t dictionary = le32(data + 1);

    if (dictionary % 3 == 0)
        dictionary /= 3;
    return dictionary == UINT32_MAX / 3 ||
           (dictionary >= 1024 && (dictionary & (dictionary - 1)) == 0);
}

static bool lzmahead_size(const uint8_t *data)
{
    const uint64_t size = le64(data + 5);

    return size == UINT64_MAX || (size > 0 && size < LZMAHEAD_UNPACKED);
}

/* A header that is mostly the same: properties, a dictionary of one or three times a power of two,
 * then the length, or all ones; and the first byte of its content is 0. */
bool lzmahead_is(const uint8_t *data, size_t length)
{
    return length >= LZMAHEAD_STREAM && data[0] < LZMAHEAD_PROPERTIES &&
           data[LZMAHEAD_SIZE - 1] == 0 && lzmahead_dictionary(data) && lzmahead_size(data);
}

bool lzmahead_is_wide(const uint8_t *data)
{
    return data[0] < LZMAHEAD_PROPERTIES && data[0] % 9 + data[0] / 9 % 5 > 4;
}

static bool lzmahead_unpacks(const uint8_t *data, size_t length)
{
    lzma_stream stream = LZMA_STREAM_INIT;
    uint8_t head[LZMAHEAD_SIZE], out[LZMAHEAD_TRY];
    lzma_ret code;

    lzmahead_plain(head, data);
    memset(head + 1, 0, 4);
    head[3] = 1; /* a dictionary of 64 KiB is enough for so little */
    stream.next_in = head;
    stream.avail_in = sizeof head;
    stream.next_out = out;
    stream.avail_out = sizeof out;
    code = lzma_alone_decoder(&stream, UINT64_MAX);
    if (code == LZMA_OK)
        code = lzma_code(&stream, LZMA_RUN);
    if (code == LZMA_OK && stream.avail_in == 0) {
        stream.next_in = data + LZMAHEAD_SIZE;
        stream.avail_in = length - LZMAHEAD_SIZE;
        code = lzma_code(&stream, LZMA_RUN);
    }
    lzma_end(&stream);
    return (code == LZMA_OK || code == LZMA_STREAM_END) && stream.avail_out < sizeof out;
}

bool lzmahead_is_odd(const uint8_t *data, size_t length)
{
    unsigned right;

    if (length < LZMAHEAD_STREAM || data[0] >= LZMAHEAD_PROPERTIES || lzmahead_is_wide(data) ||
        le32(data + LZMAHEAD_SIZE) == 0)
        return false;
    right = (data[LZMAHEAD_SIZE - 1] == 0) + lzmahead_dictionary(data) + lzmahead_size(data);
    return right >= 2 && lzmahead_unpacks(data, length);
}

void lzmahead_plain(uint8_t head[LZMAHEAD_SIZE], const uint8_t *data)
{
    const uint64_t size = le64(data + 5);
    uint32_t most = (uint32_t)WINDOW_SIZE;
    unsigned i;

    memcpy(head, data, LZMAHEAD_SIZE);
    head[LZMAHEAD_SIZE - 1] = 0; /* some programs do not look */
    if (size >= LZMAHEAD_UNPACKED)
        memset(head + 5, 0xff, 8);
    if (size < most)
        most = size > LZMAHEAD_LEAST ? (uint32_t)size : LZMAHEAD_LEAST;
    if (le32(data + 1) > most)
        for (i = 0; i < 4; i++)
            head[1 + i] = (uint8_t)(most >> 8 * i);
}
