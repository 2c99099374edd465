/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One compressed stream, by a decoder of our own: libarchive would undo up to 25 of them at once,
 * which hides what is in between and how deep it goes.
 */
#include "config.h"

#include <string.h>
#include <zlib.h>

#include "inspect/decode.h"
#include "inspect/inspection.h"
#include "inspect/le.h"

#define STREAM_LITTLE     4096u        /* bytes that come out of noise at most */
#define STREAM_HEAD       65536u       /* bytes that are looked at for that */
#define STREAM_ZSTD_BLOCK (128u << 10) /* bytes of the largest block */

static bool stream_is_text(const struct object *object)
{
    size_t head = object->length < 512 ? object->length : 512;

    return memchr(object->data, 0, head) == NULL && object->data[0] >= '\t' &&
           object->data[0] < 127;
}

/* Behind the header, whatever its reserved bits say, there is deflate. */
static bool stream_is_gzip(const uint8_t *data, size_t length)
{
    z_stream stream = {0};
    uint8_t out[STREAM_LITTLE];
    const uint8_t *end = data + length, *at = data + 10;
    unsigned names;
    int code;

    if (length < 18)
        return true;
    if (data[3] & 4)
        at = end - at >= 2 + le16(at) ? at + 2 + le16(at) : end;
    for (names = (data[3] >> 3 & 1) + (data[3] >> 4 & 1); names > 0 && at < end; names--) {
        at = memchr(at, 0, (size_t)(end - at));
        at = at != NULL ? at + 1 : end;
    }
    at = data[3] & 2 && end - at >= 2 ? at + 2 : at;
    if (inflateInit2(&stream, -15) != Z_OK)
        return true;
    stream.next_in = (Bytef *)(uintptr_t)at;
    stream.avail_in = (uInt)(end - at < STREAM_HEAD ? end - at : STREAM_HEAD);
    stream.next_out = out;
    stream.avail_out = sizeof out;
    code = inflate(&stream, Z_SYNC_FLUSH);
    inflateEnd(&stream);
    return code != Z_DATA_ERROR && at < end;
}

/* The header, and a first block that is there: before its end nothing comes out. */
static bool stream_is_zstd(const uint8_t *data, size_t length)
{
    static const uint8_t ids[] = {0, 1, 2, 4}, sizes[] = {0, 2, 4, 8};
    size_t head, block;

    if (length < 9 || memcmp(data, "\x28\xb5\x2f\xfd", 4) != 0)
        return true;
    head = 5 + ids[data[4] & 3] + sizes[data[4] >> 6] + (data[4] & 0x20 ? data[4] < 0x40 : 1);
    if ((data[4] & 8) || length < head + 3)
        return false;
    block = data[head] | (size_t)data[head + 1] << 8 | (size_t)data[head + 2] << 16;
    if ((block >> 1 & 3) == 3 || block >> 3 > STREAM_ZSTD_BLOCK)
        return false;
    return (block >> 1 & 3) == 1 || block >> 3 <= length - head - 3;
}

/* Three or four bytes make it such a stream, which other bytes may begin with, too: does any reader
 * get something out of it? */
static bool stream_is(const struct object *object)
{
    if (object->kind == KIND_GZIP)
        return stream_is_gzip(object->data, object->length);
    return object->kind != KIND_ZSTD || stream_is_zstd(object->data, object->length);
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
    if ((reason == REASON_ENCODING || reason == REASON_LIMIT_MEMORY) &&
        member.length < STREAM_LITTLE && !stream_is(object))
        reason = REASON_NONE;
    inspection_read_to(in, object->data + decoded.used);
    if (reason != REASON_NONE)
        inspection_note(in, object, reason == REASON_ENCODING ? REASON_CONTAINER : reason,
                        "a stream that is cut or damaged");
    buffer_free(&decoded.out);
}
