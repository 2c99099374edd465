/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/inspection.h"

#include <lzma.h>
#include <stdlib.h>
#include <string.h>

#include "inspect/formats/lzw.h"
#include "inspect/le.h"
#include "inspect/lzmahead.h"
#include "inspect/window.h"

#define OLDSTREAM_BLOCK  65536u
#define OLDSTREAM_RATIO  8000u /* how much smaller LZMA makes something, at most */
#define OLDSTREAM_LITTLE 65536 /* bytes of a damaged stream that are still no stream */

/* Unpacks to the stream's end, whatever is behind it. */
static enum reason oldstream_unpack(struct inspection *in, const struct object *object,
                                    lzma_stream *stream, struct buffer *out)
{
    enum reason reason = REASON_NONE;
    bool is_fed = false;
    lzma_ret code = LZMA_OK;

    while (code == LZMA_OK) {
        uint8_t *room = inspection_room(in, object, out->length, out, OLDSTREAM_BLOCK, &reason);

        if (room == NULL)
            return reason;
        stream->next_out = room;
        stream->avail_out = OLDSTREAM_BLOCK;
        code = lzma_code(stream, LZMA_RUN);
        out->length += OLDSTREAM_BLOCK - stream->avail_out;
        if (code == LZMA_OK && stream->avail_in == 0 && !is_fed) {
            stream->next_in = object->data + LZMAHEAD_SIZE;
            stream->avail_in = object->length - LZMAHEAD_SIZE;
            is_fed = true;
        }
    }
    if (window_refused())
        return REASON_LIMIT_MEMORY;
    if (code == LZMA_MEM_ERROR)
        return REASON_MEMORY;
    return code == LZMA_STREAM_END ? REASON_NONE : REASON_CONTAINER;
}

/* The old .lzma format: libarchive's own reader of it wants the usual properties and dictionaries,
 * and nothing behind the stream. */
void oldstream_lzma(struct inspection *in, const struct object *object)
{
    lzma_stream stream = LZMA_STREAM_INIT;
    uint8_t head[LZMAHEAD_SIZE];
    struct buffer out = BUFFER_INIT;
    char path[WIRE_PART_MAX];
    struct object member = {.path = path, .depth = object->depth + 1};
    enum reason reason = REASON_MEMORY;

    lzmahead_plain(head, object->data);
    stream.next_in = head;
    stream.avail_in = sizeof head;
    if (lzma_alone_decoder(&stream, UINT64_MAX) == LZMA_OK)
        reason = oldstream_unpack(in, object, &stream, &out);
    lzma_end(&stream);
    if (lzmahead_is_wide(object->data) &&
        (le64(object->data + 5) == UINT64_MAX ||
         le64(object->data + 5) / OLDSTREAM_RATIO < object->length))
        inspection_note(in, object, REASON_CONTAINER, "LZMA with properties that no reader has");
    inspection_path(path, object, kind_name(object->kind), "");
    member.data = out.data;
    member.length = out.length;
    if (out.length > 0)
        inspection_object(in, &member);
    /* What came before the damage is all that anybody gets. */
    if (reason != REASON_NONE &&
        (reason != REASON_CONTAINER || (out.length > OLDSTREAM_LITTLE && !object->guessed)))
        inspection_note(in, object, reason, "a stream that is cut or damaged");
    buffer_free(&out);
}

/* compress(1). Bytes behind the stream look like codes that cannot be, which ends it. */
void oldstream_lzw(struct inspection *in, const struct object *object)
{
    struct lzw *lzw = malloc(sizeof *lzw);
    struct buffer out = BUFFER_INIT;
    char path[WIRE_PART_MAX];
    struct object member = {.path = path, .depth = object->depth + 1};
    enum reason reason = lzw != NULL ? REASON_NONE : REASON_MEMORY;
    size_t got = lzw != NULL && lzw_begin(lzw, object->data, object->length);

    while (got > 0) {
        uint8_t *room = inspection_room(in, object, out.length, &out, LZW_BLOCK + 1, &reason);

        got = room != NULL ? lzw_next(lzw, room) : 0;
        out.length += got;
    }
    inspection_path(path, object, kind_name(object->kind), "");
    member.data = out.data;
    member.length = out.length;
    if (out.length > 0)
        inspection_object(in, &member);
    if (reason != REASON_NONE)
        inspection_note(in, object, reason, NULL);
    buffer_free(&out);
    free(lzw);
}
