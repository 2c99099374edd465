/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory ("header") of a 7z is at the end, mostly packed by LZMA. Then a short header at the
 * end says where it is and how it is packed. It lists coders, each with an identifier and
 * properties; PPMd's are its order (a byte) and the bytes of its model (four).
 */
#include "config.h"

#include "inspect/formats/sevenzip.h"

#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "inspect/le.h"
#include "inspect/window.h"

#define SEVENZIP_MAX    (UINT64_C(64) << 20) /* bytes of a directory */
#define SEVENZIP_LEVELS 4u                   /* of packed directories */
#define SEVENZIP_PACKED 0x17                 /* the first byte of a header that says where it is */

int sevenzip_byte(struct sevenzip_bytes *bytes)
{
    return bytes->at < bytes->end ? *bytes->at++ : -1;
}

/* The ones that the first byte begins with say how many bytes follow. */
uint64_t sevenzip_number(struct sevenzip_bytes *bytes)
{
    const int first = sevenzip_byte(bytes);
    uint64_t value = 0;
    unsigned i, more = 0;

    if (first < 0)
        return UINT64_MAX;
    while (more < 8 && (first & 0x80 >> more))
        more++;
    for (i = 0; i < more; i++) {
        const int byte = sevenzip_byte(bytes);

        if (byte < 0)
            return UINT64_MAX;
        value |= (uint64_t)byte << 8 * i;
    }
    if (more < 7)
        value |= (uint64_t)(first & ((0x80 >> more) - 1)) << 8 * more;
    return value;
}

bool sevenzip_is(struct sevenzip_bytes *bytes, int byte)
{
    return sevenzip_byte(bytes) == byte;
}

/* A number of at most `most`. */
bool sevenzip_count(struct sevenzip_bytes *bytes, uint64_t most, unsigned *count_r)
{
    const uint64_t count = sevenzip_number(bytes);

    *count_r = (unsigned)count;
    return count <= most;
}

const uint8_t *sevenzip_take(struct sevenzip_bytes *bytes, uint64_t length)
{
    const uint8_t *at = bytes->at;

    if (length > (uint64_t)(bytes->end - bytes->at))
        return NULL;
    bytes->at += length;
    return at;
}

/* A bit for each of `count`, or one byte for all: NULL in *bits_r means that all are set. */
bool sevenzip_bits(struct sevenzip_bytes *bytes, unsigned count, const uint8_t **bits_r)
{
    const int all = sevenzip_byte(bytes);

    *bits_r = NULL;
    if (all != 0)
        return all > 0;
    *bits_r = sevenzip_take(bytes, (count + 7u) / 8);
    return *bits_r;
}

bool sevenzip_bit(const uint8_t *bits, unsigned at)
{
    return !bits || (bits[at / 8] & 0x80 >> at % 8);
}

/* The next sum of a list, if it has one at this place. */
bool sevenzip_sum(struct sevenzip_bytes *bytes, const uint8_t *bits, unsigned at, uint32_t *crc_r,
                  bool *has_r)
{
    const uint8_t *sum;

    *has_r = sevenzip_bit(bits, at);
    if (!*has_r)
        return true;
    sum = sevenzip_take(bytes, 4);
    if (!sum)
        return false;
    *crc_r = le32(sum);
    return true;
}

static bool sevenzip_expect(struct sevenzip_bytes *bytes, const char *text, size_t length)
{
    if ((size_t)(bytes->end - bytes->at) < length || memcmp(bytes->at, text, length) != 0)
        return false;
    bytes->at += length;
    return true;
}

/* Each place where PPMd's identifier stands, with its properties behind it: anything else with
 * these bytes is rarer than one directory in a million. */
static bool sevenzip_has_ppmd(const uint8_t *data, size_t length)
{
    struct sevenzip_bytes bytes = {data, data + length};

    while ((bytes.at = memmem(bytes.at, (size_t)(bytes.end - bytes.at), "\3\4\1", 3)) != NULL) {
        struct sevenzip_bytes behind = {bytes.at + 3, bytes.end};

        if (sevenzip_number(&behind) == 5 && behind.end - behind.at >= 5 &&
            le32(behind.at + 1) > WINDOW_SIZE)
            return true;
        bytes.at++;
    }
    return false;
}

/* Unpacks a directory that is packed by LZMA; it needs no larger dictionary than its own size.
 * Returns what is to be freed, or NULL. */
static uint8_t *sevenzip_unpack(const uint8_t *packed, size_t packed_size,
                                const uint8_t *properties, size_t size)
{
    lzma_options_lzma options = {.lc = properties[0] % 9, .lp = properties[0] / 9 % 5};
    const lzma_filter filters[] = {{LZMA_FILTER_LZMA1, &options}, {LZMA_VLI_UNKNOWN, NULL}};
    lzma_stream stream = LZMA_STREAM_INIT;
    uint8_t *out = malloc(size);

    options.pb = properties[0] / 45;
    options.dict_size = size < LZMA_DICT_SIZE_MIN ? LZMA_DICT_SIZE_MIN : (uint32_t)size;
    if (out == NULL || lzma_raw_decoder(&stream, filters) != LZMA_OK) {
        free(out);
        return NULL;
    }
    stream.next_in = packed;
    stream.avail_in = packed_size;
    stream.next_out = out;
    stream.avail_out = size;
    if (lzma_code(&stream, LZMA_RUN) > LZMA_STREAM_END)
        stream.avail_out = size - (size_t)stream.total_out; /* damaged: what came is looked at */
    memset(stream.next_out, 0, stream.avail_out);
    lzma_end(&stream);
    return out;
}

/* The directory that `header` says where it is; what is to be freed, or NULL. */
static uint8_t *sevenzip_next(const uint8_t *data, size_t length, struct sevenzip_bytes header,
                              size_t *size_r)
{
    uint64_t place, packed, size;
    const uint8_t *properties;

    if (!sevenzip_expect(&header, "\x17\6", 2))
        return NULL;
    place = sevenzip_number(&header);
    if (!sevenzip_expect(&header, "\1\x09", 2)) /* one stream, its size */
        return NULL;
    packed = sevenzip_number(&header);
    if (sevenzip_expect(&header, "\x0a\1", 2)) /* and its sum */
        header.at += header.end - header.at < 4 ? header.end - header.at : 4;
    if (!sevenzip_expect(&header, "\0\7\x0b\1\0\1\x23\3\1\1\5", 11) || header.end - header.at < 6)
        return NULL;
    properties = header.at;
    header.at += 5;
    if (!sevenzip_expect(&header, "\x0c", 1))
        return NULL;
    size = sevenzip_number(&header);
    if (place > length - SEVENZIP_HEAD || packed > length - SEVENZIP_HEAD - place || size == 0 ||
        size > SEVENZIP_MAX || properties[0] >= 9 * 5 * 5)
        return NULL;
    *size_r = (size_t)size;
    return sevenzip_unpack(data + SEVENZIP_HEAD + place, (size_t)packed, properties, (size_t)size);
}

bool sevenzip_stored(const uint8_t *data, size_t length, struct sevenzip_bytes *stored)
{
    uint64_t place, size;

    if (length < SEVENZIP_HEAD)
        return false;
    place = le64(data + 12);
    size = le64(data + 20);
    if (place > length - SEVENZIP_HEAD || size > length - SEVENZIP_HEAD - place)
        return false;
    stored->at = data + SEVENZIP_HEAD + place;
    stored->end = stored->at + size;
    return true;
}

bool sevenzip_is_greedy(const uint8_t *data, size_t length)
{
    uint8_t *made = NULL;
    struct sevenzip_bytes header;
    bool greedy;
    unsigned i;

    if (!sevenzip_stored(data, length, &header))
        return false;
    greedy = sevenzip_has_ppmd(header.at, (size_t)(header.end - header.at));
    for (i = 0; i < SEVENZIP_LEVELS && !greedy && header.at < header.end; i++) {
        size_t next_size = 0;
        uint8_t *next;

        if (*header.at != SEVENZIP_PACKED)
            break;
        next = sevenzip_next(data, length, header, &next_size);
        free(made);
        made = next;
        if (next == NULL)
            break;
        header = (struct sevenzip_bytes){next, next + next_size};
        greedy = sevenzip_has_ppmd(next, next_size);
    }
    free(made);
    return greedy;
}

uint8_t *sevenzip_directory(const uint8_t *data, size_t length, size_t *size_r)
{
    struct sevenzip_bytes header;
    uint8_t *made = NULL;
    size_t size;
    unsigned i;

    if (!sevenzip_stored(data, length, &header) || crc32(0, data + 12, 20) != le32(data + 8))
        return NULL;
    size = (size_t)(header.end - header.at);
    if (size == 0 || size > SEVENZIP_MAX || crc32_z(0, header.at, size) != le32(data + 28))
        return NULL;
    for (i = 0; i < SEVENZIP_LEVELS && *header.at == SEVENZIP_PACKED; i++) {
        size_t next_size = 0;
        uint8_t *next = sevenzip_next(data, length, header, &next_size);

        free(made);
        made = next;
        if (!next)
            return NULL;
        header = (struct sevenzip_bytes){next, next + next_size};
    }
    *size_r = (size_t)(header.end - header.at);
    if (!made && (made = malloc(*size_r)))
        memcpy(made, header.at, *size_r);
    return made;
}
