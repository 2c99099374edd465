/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Streams of xz, one or more. Of one that is cut or damaged the programs hand on all that comes in
 * front of that place; libarchive keeps the last piece of it.
 */
#include "config.h"

#include <lzma.h>
#include <string.h>

#include "inspect/inspection.h"
#include "inspect/window.h"

#define XZOPEN_BLOCK 65536u
#define XZOPEN_MARK  "\xfd\x37zXZ" /* with its NUL */

/* One stream, and *at behind it. What comes out is in the buffer in every case. */
static enum reason xzopen_one(struct inspection *in, const struct object *object, size_t *at,
                              struct buffer *out)
{
    lzma_stream stream = LZMA_STREAM_INIT;
    enum reason reason = REASON_NONE;
    lzma_ret code = lzma_stream_decoder(&stream, UINT64_MAX, 0);

    stream.next_in = object->data + *at;
    stream.avail_in = object->length - *at;
    while (code == LZMA_OK) {
        uint8_t *room = inspection_room(in, object, out->length, out, XZOPEN_BLOCK, &reason);

        if (room == NULL)
            break;
        stream.next_out = room;
        stream.avail_out = XZOPEN_BLOCK;
        code = lzma_code(&stream, LZMA_FINISH);
        out->length += XZOPEN_BLOCK - stream.avail_out;
    }
    *at = object->length - stream.avail_in;
    lzma_end(&stream);
    if (reason != REASON_NONE)
        return reason;
    if (window_refused())
        return REASON_LIMIT_MEMORY;
    if (code == LZMA_MEM_ERROR)
        return REASON_MEMORY;
    return code == LZMA_STREAM_END ? REASON_NONE : REASON_CONTAINER;
}

/* All streams, with zeros between them. Bytes behind them that are none are no trouble. */
static enum reason xzopen_all(struct inspection *in, const struct object *object,
                              struct buffer *out)
{
    enum reason reason;
    size_t at = 0;

    do {
        reason = xzopen_one(in, object, &at, out);
        while (at < object->length && object->data[at] == 0)
            at++;
    } while (reason == REASON_NONE && object->length - at > sizeof XZOPEN_MARK &&
             memcmp(object->data + at, XZOPEN_MARK, sizeof XZOPEN_MARK) == 0);
    return reason;
}

void xzopen(struct inspection *in, const struct object *object)
{
    struct buffer out = BUFFER_INIT;
    char path[WIRE_PART_MAX];
    struct object member = {.path = path, .depth = object->depth + 1};
    enum reason reason;

    (void)window_refused(); /* what was refused before is told already */
    reason = xzopen_all(in, object, &out);
    inspection_path(path, object, kind_name(object->kind), "");
    member.data = out.data;
    member.length = out.length;
    if (out.length > 0)
        inspection_object(in, &member);
    if (reason != REASON_NONE && (reason != REASON_CONTAINER || !inspection_doubts(object)))
        inspection_note(in, object, reason, "a stream that is cut or damaged");
    buffer_free(&out);
}
