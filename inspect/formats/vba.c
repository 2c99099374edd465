/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/vba.h"

#include <stdlib.h>
#include <string.h>

#include "inspect/le.h"

#define VBA_CHUNK   4096u /* bytes that one chunk unpacks to, at most */
#define VBA_SOURCES 16    /* places of a stream that are tried, the longest first */

/* Bytes of the chunk here with its header, or 0 if there is none. */
static size_t vba_chunk(const uint8_t *data, size_t left)
{
    unsigned head;
    size_t size;

    if (left < 3)
        return 0;
    head = le16(data);
    size = (head & 0x0fff) + 3;
    return (head & 0x7000) == 0x3000 && size <= left ? size : 0;
}

/* One token that copies: how many bits are the length depends on how far we are. */
static int vba_copy(uint8_t *out, size_t *used, unsigned token)
{
    unsigned bits = 4;
    size_t distance, length;

    while ((size_t)1 << bits < *used)
        bits++;
    distance = (token >> (16 - bits)) + 1;
    length = (token & (0xffffu >> bits)) + 3;
    if (distance > *used || length > VBA_CHUNK - *used)
        return -1;
    for (; length > 0; length--, (*used)++)
        out[*used] = out[*used - distance];
    return 0;
}

/* Returns the bytes in `out`; `*broken` if there was an end before the end. */
static size_t vba_unpack(const uint8_t *chunk, size_t size, uint8_t out[VBA_CHUNK], int *broken)
{
    const uint8_t *at = chunk + 2, *end = chunk + size;
    size_t used = 0;
    unsigned flags = 0, bit = 8;

    *broken = 0;
    if (!(le16(chunk) & 0x8000)) {
        used = size - 2 < VBA_CHUNK ? size - 2 : VBA_CHUNK;
        memcpy(out, at, used);
        return used;
    }
    while (at < end) {
        if (bit == 8) {
            flags = *at++;
            bit = 0;
            continue;
        }
        *broken = !(flags >> bit & 1) ? used == VBA_CHUNK
                                      : end - at < 2 || vba_copy(out, &used, le16(at)) != 0;
        if (*broken)
            return used;
        if (flags >> bit & 1)
            at += 2;
        else
            out[used++] = *at++;
        bit++;
    }
    return used;
}

static void vba_source(struct inspection *in, const struct object *stream, size_t begin)
{
    char path[WIRE_PART_MAX];
    struct object source = {.path = path, .depth = stream->depth + 1};
    struct buffer buffer = BUFFER_INIT;
    size_t at = begin, size;
    enum reason reason = REASON_NONE;
    int broken = 0;

    for (; !broken && reason == REASON_NONE && at < stream->length; at += size) {
        uint8_t *room = buffer_room(&buffer, VBA_CHUNK);

        size = vba_chunk(stream->data + at, stream->length - at);
        if (room == NULL)
            reason = REASON_MEMORY;
        else
            buffer.length += vba_unpack(stream->data + at, size, room, &broken);
        if (reason == REASON_NONE)
            reason = budget_unpacked(&in->budget, stream->length, buffer.length);
    }
    inspection_path(path, stream, "vba", "macro");
    source.data = buffer.data;
    source.length = buffer.length;
    /* what was no source after all mostly ends at once */
    if (source.length > 0 && (!broken || at > begin + VBA_CHUNK))
        inspection_object(in, &source);
    if (reason != REASON_NONE)
        inspection_note(in, &source, reason, NULL);
    buffer_free(&buffer);
}

static void vba_mark(uint8_t *bits, size_t at)
{
    bits[at / 8] |= (uint8_t)(1u << (at % 8));
}

static int vba_marked(const uint8_t *bits, size_t at)
{
    return bits[at / 8] >> (at % 8) & 1;
}

void vba_open(struct inspection *in, const struct object *stream)
{
    const size_t length = stream->length;
    uint8_t *leads; /* a bit for each place: chunks lead from here to the very end */
    size_t at;
    int sources = 0;

    if (length < 4)
        return;
    leads = calloc(length / 8 + 1, 1);
    if (leads == NULL) {
        inspection_note(in, stream, REASON_MEMORY, NULL);
        return;
    }
    vba_mark(leads, length);
    for (at = length; at-- > 0;) {
        const size_t size = vba_chunk(stream->data + at, length - at);

        if (size > 0 && vba_marked(leads, at + size))
            vba_mark(leads, at);
    }
    for (at = 0; at + 1 < length && sources < VBA_SOURCES && !inspection_over(in); at++)
        if (stream->data[at] == 1 && vba_marked(leads, at + 1)) {
            vba_source(in, stream, at + 1);
            sources++;
        }
    free(leads);
}
