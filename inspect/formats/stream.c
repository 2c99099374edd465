/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One compressed stream, by a decoder of our own: libarchive would undo up to 25 of them at once,
 * which hides what is in between and how deep it goes.
 */
#include "config.h"

#include <string.h>

#include "inspect/decode.h"
#include "inspect/inspection.h"

static bool stream_is_text(const struct object *object)
{
    size_t head = object->length < 512 ? object->length : 512;

    return memchr(object->data, 0, head) == NULL && object->data[0] >= '\t' &&
           object->data[0] < 127;
}

static enum codec stream_codec(const struct object *object)
{
    if (object->kind == KIND_BROTLI)
        return CODEC_BROTLI;
    if (object->kind == KIND_ZSTD)
        return object->single ? CODEC_ZSTD_ONE : CODEC_ZSTD;
    return object->single ? CODEC_GZIP_ONE : CODEC_GZIP;
}

void stream_open(struct inspection *in, const struct object *object)
{
    const enum codec codec = stream_codec(object);
    char path[WIRE_PART_MAX];
    struct object member = {.path = path, .depth = object->depth + 1};
    struct decoded decoded;
    enum reason reason = decode(codec, object->data, object->length, &in->budget, &decoded);

    inspection_path(path, object, kind_name(object->kind), "");
    member.data = decoded.out.data;
    member.length = decoded.out.length;
    if (member.length > 0)
        inspection_object(in, &member);
    /* brotli is known by name only, and ".br" ends many a URL: text under it is just text. */
    if (reason == REASON_ENCODING && codec == CODEC_BROTLI &&
        (member.length == 0 || stream_is_text(object)))
        reason = REASON_NONE;
    if ((reason == REASON_ENCODING || reason == REASON_LIMIT_MEMORY) && inspection_doubts(object))
        reason = REASON_NONE;
    inspection_read_to(in, object->data + decoded.used);
    if (reason != REASON_NONE)
        inspection_note(in, object, reason == REASON_ENCODING ? REASON_CONTAINER : reason,
                        "a stream that is cut or damaged");
    buffer_free(&decoded.out);
}
