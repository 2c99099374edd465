/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Content-Encoding: undoes what the header says, and judges where it lies.
 *
 * - The encoded bytes are matched against signatures too, but not opened.
 * - Cut or damaged: what decoded is scanned, and the body is unscannable (encoding).
 * - Not encoded at all (text, or a type that is recognised, under "gzip"): browsers show it as
 *   it is, so it is scanned as it is, fully, and that decides. Anything else that does not decode
 *   is unscannable (encoding).
 * - Rubbish behind the end of the stream is dropped by clients; the raw match sees it.
 * - Encodings without a header are found by their magic, as containers (kind.c), in
 *   inspection_object.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "inspect/decode.h"
#include "inspect/inspection.h"

#define ENCODING_STACK 32 /* as many as a header of WIRE_ENCODING_MAX bytes sensibly names */

enum coding {
    CODING_IDENTITY,
    CODING_GZIP,
    CODING_DEFLATE,
    CODING_BROTLI,
    CODING_ZSTD,
    CODING_UNKNOWN
};

static enum coding encoding_token(const char *token, size_t length)
{
    static const struct {
        const char *name;
        enum coding coding;
    } names[] = {{"identity", CODING_IDENTITY}, {"gzip", CODING_GZIP},
                 {"x-gzip", CODING_GZIP},       {"deflate", CODING_DEFLATE},
                 {"br", CODING_BROTLI},         {"zstd", CODING_ZSTD},
                 {"none", CODING_IDENTITY},     {"x-deflate", CODING_DEFLATE},
                 {"binary", CODING_IDENTITY},   {"utf-8", CODING_IDENTITY}};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i].name) == length && strncasecmp(names[i].name, token, length) == 0)
            return names[i].coding;
    return CODING_UNKNOWN;
}

/* The codings in the order they were applied, identities left out. Returns how many, or -1. */
static int encoding_parse(const char *header, enum coding codings[ENCODING_STACK])
{
    int count = 0;

    while (*header != '\0') {
        size_t length;
        enum coding coding;

        header += strspn(header, " \t\r\n,");
        length = strcspn(header, " \t\r\n,;");
        if (length == 0)
            break;
        coding = encoding_token(header, length);
        header += length;
        header += strcspn(header, ","); /* parameters, which no coding has */
        if (coding == CODING_IDENTITY)
            continue;
        if (count == ENCODING_STACK)
            return -1;
        codings[count++] = coding;
    }
    return count;
}

/* 1 if these bytes are plainly something of their own rather than a compressed stream. */
static int encoding_is_plain(const uint8_t *data, size_t length, enum coding coding)
{
    size_t head = length < 1024 ? length : 1024, i;
    enum kind kind = kind_of(data, length, NULL);

    if ((coding == CODING_GZIP && kind == KIND_GZIP) ||
        (coding == CODING_ZSTD && kind == KIND_ZSTD))
        return 0;
    if (kind != KIND_NONE && !kind_is_weak(kind))
        return 1;
    if (length >= 4 && (memcmp(data, "\x89PNG", 4) == 0 || memcmp(data, "GIF8", 4) == 0 ||
                        memcmp(data, "\xff\xd8\xff", 3) == 0))
        return 1;
    for (i = 0; i < head; i++)
        if (data[i] < 32 && data[i] != '\n' && data[i] != '\r' && data[i] != '\t' &&
            data[i] != '\f' && data[i] != 0x1b)
            return 0;
    return length > 0;
}

/* "deflate" means zlib's format, and raw deflate to those who read the name: whichever works. */
static enum reason encoding_deflate(struct inspection *in, const struct object *object,
                                    struct decoded *decoded)
{
    enum reason reason = decode(CODEC_ZLIB, object->data, object->length, &in->budget, decoded);
    struct decoded raw;
    enum reason raw_reason;

    if (reason != REASON_ENCODING)
        return reason;
    raw_reason = decode(CODEC_DEFLATE, object->data, object->length, &in->budget, &raw);
    if (raw_reason != REASON_ENCODING || raw.out.length > decoded->out.length) {
        buffer_free(&decoded->out);
        *decoded = raw;
        return raw_reason;
    }
    buffer_free(&raw.out);
    return reason;
}

static enum reason encoding_undo(struct inspection *in, const struct object *object,
                                 enum coding coding, struct decoded *decoded)
{
    static const enum codec codecs[] = {
        [CODING_GZIP] = CODEC_GZIP, [CODING_BROTLI] = CODEC_BROTLI, [CODING_ZSTD] = CODEC_ZSTD};

    if (coding == CODING_DEFLATE)
        return encoding_deflate(in, object, decoded);
    return decode(codecs[coding], object->data, object->length, &in->budget, decoded);
}

/* The innermost object, decoded as far as it goes. */
static void encoding_content(struct inspection *in, const struct object *object, const char *type)
{
    if (upload_open(in, object, type))
        return;
    /* First, because it knows the strings' keys. */
    if (in->job->settings->json_base64 && strcasestr(type, "json") != NULL)
        jsonb64_open(in, object);
    inspection_object(in, object);
}

/* Undoes codings[count - 1], then the ones below it. */
static void encoding_layer(struct inspection *in, const struct object *object,
                           const enum coding *codings, int count, const char *type)
{
    struct decoded decoded;
    enum reason reason;
    struct object inner = *object;

    if (count == 0) {
        encoding_content(in, object, type);
        return;
    }
    if (object->length == 0)
        return;
    if (codings[count - 1] == CODING_UNKNOWN) {
        inspection_note(in, object, REASON_ENCODING, "unknown content encoding");
        encoding_content(in, object, type);
        return;
    }
    reason = encoding_undo(in, object, codings[count - 1], &decoded);
    if (reason == REASON_ENCODING &&
        encoding_is_plain(object->data, object->length, codings[count - 1])) {
        encoding_layer(in, object, codings, count - 1, type);
        if (decoded.out.length == 0)
            reason = REASON_NONE;
    } else {
        inspection_raw(in, object);
    }
    if (decoded.out.length > 0 && !inspection_over(in)) {
        inner.data = decoded.out.data;
        inner.length = decoded.out.length;
        encoding_layer(in, &inner, codings, count - 1, type);
    }
    if (reason != REASON_NONE)
        inspection_note(in, object, reason, "content encoding");
    buffer_free(&decoded.out);
}

void encoding_open(struct inspection *in, const struct object *body, const char *encoding,
                   const char *type)
{
    enum coding codings[ENCODING_STACK];
    int count = encoding_parse(encoding, codings);

    if (count < 0 || count > in->job->settings->max_encodings) {
        inspection_note(in, body, REASON_LIMIT_ENCODINGS, NULL);
        inspection_object(in, body);
        return;
    }
    encoding_layer(in, body, codings, count, type);
}
