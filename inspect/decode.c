/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/decode.h"

#include <brotli/decode.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "inspect/formats/lzw.h"
#include "inspect/window.h"

#define DECODE_BLOCK    (LZW_BLOCK + 1)
#define DECODE_TRAILER  4  /* bytes of gzip's behind its sum */
#define DECODE_ZSTD_LOG 27 /* windows up to 128 MiB; RFC 8878 asks for 8 MiB at least */

/* Room for a block, if the budget allows one more. */
static enum reason decode_room(const struct budget *budget, size_t length, struct decoded *decoded,
                               uint8_t **room)
{
    enum reason reason = budget_unpacked(budget, length, decoded->out.length);

    *room = NULL;
    if (reason != REASON_NONE)
        return reason;
    *room = buffer_room(&decoded->out, DECODE_BLOCK);
    return *room != NULL ? REASON_NONE : REASON_MEMORY;
}

/* Where another member begins, or `length`: there may be zeros before it, which Python skips. */
static size_t decode_gzip_next(const uint8_t *data, size_t length, size_t at)
{
    while (at < length && data[at] == 0)
        at++;
    return length - at >= 18 && memcmp(data + at, "\x1f\x8b\x08", 3) == 0 ? at : length;
}

/* A wrong check sum is found out when all bytes of its member have come. */
static bool decode_is_all(const z_stream *stream, int code, size_t left)
{
    return code == Z_OK || code == Z_BUF_ERROR ||
           (code == Z_DATA_ERROR && left <= DECODE_TRAILER && stream->msg != NULL &&
            (strcmp(stream->msg, "incorrect data check") == 0 ||
             strcmp(stream->msg, "incorrect length check") == 0));
}

static enum reason decode_inflate(enum codec codec, const uint8_t *data, size_t length,
                                  const struct budget *budget, struct decoded *decoded)
{
    z_stream stream = {0};
    const bool is_gzip = codec == CODEC_GZIP || codec == CODEC_GZIP_ONE;
    int window = is_gzip ? 15 + 16 : codec == CODEC_ZLIB ? 15 : -15, code = Z_OK;
    enum reason reason = REASON_NONE;
    size_t given = 0, next;

    if (inflateInit2(&stream, window) != Z_OK)
        return REASON_MEMORY;
    while (reason == REASON_NONE) {
        uint8_t *room;

        reason = decode_room(budget, length, decoded, &room);
        if (reason != REASON_NONE)
            break;
        if (stream.avail_in == 0 && given < length) {
            stream.next_in = (Bytef *)(uintptr_t)(data + given);
            stream.avail_in = (uInt)(length - given < UINT_MAX / 2 ? length - given : UINT_MAX / 2);
            given += stream.avail_in;
        }
        stream.next_out = room;
        stream.avail_out = DECODE_BLOCK;
        code = inflate(&stream, Z_NO_FLUSH);
        decoded->out.length += DECODE_BLOCK - stream.avail_out;
        if (code == Z_STREAM_END) {
            decoded->used = given - stream.avail_in;
            decoded->complete = 1;
            next = codec == CODEC_GZIP ? decode_gzip_next(data, length, decoded->used) : length;
            if (next == length)
                break;
            decoded->complete = 0; /* another member */
            given = next;
            stream.avail_in = 0;
            if (inflateReset(&stream) != Z_OK)
                reason = REASON_MEMORY;
        } else if (code == Z_MEM_ERROR) {
            reason = REASON_MEMORY;
        } else if (code != Z_OK || (stream.avail_out == DECODE_BLOCK && given == length)) {
            reason = REASON_ENCODING;
            decoded->is_all = decode_is_all(&stream, code, length - given + stream.avail_in);
        }
    }
    if (!decoded->complete)
        decoded->used = given - stream.avail_in;
    inflateEnd(&stream);
    return reason;
}

/* brotli's ring buffer is as large as the stream says, up to 1 GiB ("large window"). */
static void *decode_brotli_memory(void *refused, size_t size)
{
    if (size <= WINDOW_MAX)
        return malloc(size);
    *(bool *)refused = true;
    return NULL;
}

static void decode_brotli_free(void *refused, void *memory)
{
    (void)refused;
    free(memory);
}

static enum reason decode_brotli(const uint8_t *data, size_t length, const struct budget *budget,
                                 struct decoded *decoded)
{
    bool refused = false;
    BrotliDecoderState *state =
        BrotliDecoderCreateInstance(decode_brotli_memory, decode_brotli_free, &refused);
    BrotliDecoderResult result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
    enum reason reason = REASON_NONE;
    const uint8_t *next = data;
    size_t left = length;

    if (state == NULL)
        return REASON_MEMORY;
    BrotliDecoderSetParameter(state, BROTLI_DECODER_PARAM_LARGE_WINDOW, 1); /* as brotli(1) */
    while (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) {
        size_t space = DECODE_BLOCK;
        uint8_t *room;

        reason = decode_room(budget, length, decoded, &room);
        if (reason != REASON_NONE)
            break;
        result = BrotliDecoderDecompressStream(state, &left, &next, &space, &room, NULL);
        decoded->out.length += DECODE_BLOCK - space;
    }
    decoded->used = length - left;
    decoded->complete = result == BROTLI_DECODER_RESULT_SUCCESS;
    decoded->is_all = result == BROTLI_DECODER_RESULT_NEEDS_MORE_INPUT;
    if (reason == REASON_NONE && !decoded->complete)
        reason = refused ? REASON_LIMIT_MEMORY : REASON_ENCODING;
    BrotliDecoderDestroyInstance(state);
    return reason;
}

static enum reason decode_zstd_failure(size_t code)
{
    switch (ZSTD_getErrorCode(code)) {
    case ZSTD_error_memory_allocation:
        return REASON_MEMORY;
    case ZSTD_error_frameParameter_windowTooLarge:
        return REASON_LIMIT_MEMORY;
    default:
        return REASON_ENCODING;
    }
}

static enum reason decode_zstd(enum codec codec, const uint8_t *data, size_t length,
                               const struct budget *budget, struct decoded *decoded)
{
    ZSTD_DCtx *context = ZSTD_createDCtx();
    ZSTD_inBuffer in = {.src = data, .size = length};
    enum reason reason = REASON_NONE;
    size_t code = 1;

    if (context == NULL)
        return REASON_MEMORY;
    ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, DECODE_ZSTD_LOG);
    while (reason == REASON_NONE) {
        ZSTD_outBuffer out = {.size = DECODE_BLOCK};
        size_t before = in.pos;
        uint8_t *room;

        reason = decode_room(budget, length, decoded, &room);
        if (reason != REASON_NONE)
            break;
        out.dst = room;
        code = ZSTD_decompressStream(context, &out, &in);
        decoded->out.length += out.pos;
        if (ZSTD_isError(code))
            reason = decode_zstd_failure(code);
        else if (code == 0)
            decoded->used = in.pos;
        if (reason == REASON_NONE &&
            ((in.pos == length && out.pos < out.size) || (code == 0 && codec == CODEC_ZSTD_ONE)))
            break;
        if (reason == REASON_NONE && in.pos == before && out.pos == 0)
            reason = REASON_ENCODING;
    }
    /* Damage behind a whole frame is rubbish behind the stream. */
    decoded->complete = decoded->used > 0 && (reason != REASON_NONE || code == 0);
    if (reason == REASON_ENCODING && decoded->complete) {
        reason = REASON_NONE;
    } else if (reason == REASON_NONE && code != 0) {
        reason = REASON_ENCODING;
        decoded->is_all = true;
    }
    ZSTD_freeDCtx(context);
    return reason;
}

static enum reason decode_compress(const uint8_t *data, size_t length, const struct budget *budget,
                                   struct decoded *decoded)
{
    struct lzw *lzw = malloc(sizeof *lzw);
    enum reason reason = lzw != NULL ? REASON_NONE : REASON_MEMORY;
    size_t got = 1;

    if (lzw != NULL && !lzw_begin(lzw, data, length))
        reason = REASON_ENCODING;
    while (reason == REASON_NONE && got > 0) {
        uint8_t *room;

        reason = decode_room(budget, length, decoded, &room);
        got = room != NULL ? lzw_next(lzw, room) : 0;
        decoded->out.length += got;
    }
    if (reason == REASON_NONE) {
        decoded->complete = 1;
        decoded->used = lzw_used(lzw);
    }
    free(lzw);
    return reason;
}

enum reason decode(enum codec codec, const uint8_t *data, size_t length,
                   const struct budget *budget, struct decoded *decoded)
{
    memset(decoded, 0, sizeof *decoded);
    switch (codec) {
    case CODEC_GZIP:
    case CODEC_GZIP_ONE:
    case CODEC_ZLIB:
    case CODEC_DEFLATE:
        return decode_inflate(codec, data, length, budget, decoded);
    case CODEC_BROTLI:
        return decode_brotli(data, length, budget, decoded);
    case CODEC_ZSTD:
    case CODEC_ZSTD_ONE:
        return decode_zstd(codec, data, length, budget, decoded);
    case CODEC_COMPRESS:
        return decode_compress(data, length, budget, decoded);
    }
    return REASON_INTERNAL;
}
