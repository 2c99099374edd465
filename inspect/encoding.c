/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Content-Encoding: undoes what the header says, and judges where it lies.
 *
 * - The encoded bytes are matched against signatures too, but not opened.
 * - Cut, or with a wrong check sum: clients show or save what decoded, and that is scanned. No
 * client gets more out of it. Damaged: this too, and the body is unscannable (encoding).
 * - gzip and zlib are told apart by their bytes; a line break in front is skipped.
 * - Not encoded at all (text, or a type that is recognised, under "gzip"): browsers show it as
 *   it is, so it is scanned as it is, fully, and that decides. Anything else that does not decode
 *   is unscannable (encoding).
 * - What lies behind the end of the stream, or beside it (gzip's extra field and name, frames that
 *   zstd skips, an archive that is found by its end), is dropped by clients that decode. Those that
 *   do not, or did not ask for the coding, save it: it is inspected too.
 * - A coding that nobody knows changes nothing for most clients.
 * - Encodings without a header are found by their magic, as containers (kind.c), in
 *   inspection_object.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "inspect/decode.h"
#include "inspect/inspection.h"
#include "inspect/kindof.h"
#include "inspect/le.h"
#include "inspect/unknown.h"

#define ENCODING_REST_MIN 16 /* bytes: what is shorter is padding */
#define ENCODING_BREAK    4  /* bytes of a line break in front of a stream */
#define ENCODING_STACK    32 /* as many as a header of WIRE_ENCODING_MAX bytes sensibly names */

enum coding {
    CODING_IDENTITY,
    CODING_GZIP,
    CODING_DEFLATE,
    CODING_BROTLI,
    CODING_ZSTD,
    CODING_COMPRESS,
    CODING_AWS_CHUNKED, /* always the outermost */
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
                 {"binary", CODING_IDENTITY},   {"utf-8", CODING_IDENTITY},
                 {"chunked", CODING_IDENTITY},  {"8bit", CODING_IDENTITY},
                 {"x-br", CODING_BROTLI},       {"brotli", CODING_BROTLI},
                 {"x-zstd", CODING_ZSTD},       {"aws-chunked", CODING_AWS_CHUNKED},
                 {"compress", CODING_COMPRESS}, {"x-compress", CODING_COMPRESS}};
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strlen(names[i].name) == length && strncasecmp(names[i].name, token, length) == 0)
            return names[i].coding;
    return CODING_UNKNOWN;
}

/* Behind white space, commas and comments. */
static const char *encoding_skip(const char *header)
{
    for (;;) {
        header += strspn(header, " \t\r\n,\v\f");
        if (*header == ';') /* a parameter, which no coding has */
            header += strcspn(header, ",");
        else if (*header == '(')
            header += strcspn(header, "),");
        else if (*header == ')')
            header++;
        else
            return header;
    }
}

/* The codings in the order they were applied, identities left out. Returns how many, or -1. */
static int encoding_parse(const char *header, enum coding codings[ENCODING_STACK])
{
    int count = 0, chunked = 0;

    while (*(header = encoding_skip(header)) != '\0') {
        size_t length = strcspn(header, " \t\r\n,;(\v\f"), quotes = strspn(header, "\"'");
        enum coding coding;

        if (quotes > length)
            quotes = length;
        coding = encoding_token(header + quotes, length - quotes);
        if (coding == CODING_UNKNOWN) {
            size_t end = length;

            while (end > quotes && strchr("\"'", header[end - 1]) != NULL)
                end--;
            coding = encoding_token(header + quotes, end - quotes);
        }
        header += length;
        if (coding == CODING_AWS_CHUNKED)
            chunked = 1;
        if (coding == CODING_IDENTITY || coding == CODING_AWS_CHUNKED)
            continue;
        if (count == ENCODING_STACK - 1)
            return -1;
        codings[count++] = coding;
    }
    if (chunked)
        codings[count++] = CODING_AWS_CHUNKED;
    return count;
}

/* 1 if these bytes are plainly something of their own rather than a compressed stream. */
static int encoding_is_plain(const uint8_t *data, size_t length, enum coding coding)
{
    size_t head = length < 1024 ? length : 1024, i;
    enum kind kind = kind_of(data, length, NULL);

    if ((coding == CODING_GZIP && kind == KIND_GZIP) ||
        (coding == CODING_COMPRESS && kind == KIND_COMPRESS) ||
        (kind == KIND_ZSTD && (coding == CODING_ZSTD || coding == CODING_UNKNOWN)))
        return 0;
    if (kind != KIND_NONE && !kind_has(kind, KIND_WEAK))
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

/* What some servers send for gzip: zlib's format, or a line break first. `decoded` has what gzip
 * itself gave, which stays if nothing else fits. */
static enum reason encoding_gzip_like(struct inspection *in, const struct object *object,
                                      struct decoded *decoded)
{
    const uint8_t *data = object->data;
    size_t skip = 0;
    struct decoded other;
    enum codec codec;

    while (skip < object->length && skip < ENCODING_BREAK &&
           (data[skip] == '\r' || data[skip] == '\n'))
        skip++;
    codec = object->length - skip >= 2 && memcmp(data + skip, "\x1f\x8b", 2) == 0 ? CODEC_GZIP
                                                                                  : CODEC_ZLIB;
    if (skip == 0 && codec == CODEC_GZIP)
        return REASON_ENCODING;
    if (decode(codec, data + skip, object->length - skip, &in->budget, &other) != REASON_NONE) {
        buffer_free(&other.out);
        return REASON_ENCODING;
    }
    buffer_free(&decoded->out);
    *decoded = other;
    decoded->used += skip;
    return REASON_NONE;
}

static enum reason encoding_undo(struct inspection *in, const struct object *object,
                                 enum coding coding, struct decoded *decoded)
{
    static const enum codec codecs[] = {[CODING_GZIP] = CODEC_GZIP,
                                        [CODING_BROTLI] = CODEC_BROTLI,
                                        [CODING_ZSTD] = CODEC_ZSTD,
                                        [CODING_COMPRESS] = CODEC_COMPRESS};
    enum reason reason;

    if (coding == CODING_AWS_CHUNKED)
        return decode_aws_chunked(object->data, object->length, decoded);
    if (coding == CODING_DEFLATE)
        return encoding_deflate(in, object, decoded);
    reason = decode(codecs[coding], object->data, object->length, &in->budget, decoded);
    if (coding == CODING_GZIP && reason == REASON_ENCODING && decoded->out.length == 0)
        reason = encoding_gzip_like(in, object, decoded);
    return reason;
}

/* A request's JSON that its type does not say. */
static bool encoding_is_json(struct inspection *in, const struct object *object, const char *type)
{
    size_t at = 0;

    if (strcasestr(type, "json") != NULL)
        return true;
    while (at < object->length && at < 64 && memchr(" \t\r\n", object->data[at], 4) != NULL)
        at++;
    return at + 1 < object->length && (object->data[at] == '{' || object->data[at] == '[') &&
           claims_upload(&in->claims);
}

/* The innermost object, decoded as far as it goes. */
static void encoding_content(struct inspection *in, const struct object *object, const char *type)
{
    if (upload_open(in, object, type))
        return;
    /* First, because they know the strings' keys. */
    if (in->job->settings->json_base64 && encoding_is_json(in, object, type))
        jsonb64_open(in, object);
    else if (strcasestr(type, "x-www-form-urlencoded") != NULL)
        formfields_open(in, object);
    unknown_note(in, object);
    inspection_object(in, object);
}

/* Bytes of an encoded body that are not of its stream. */
static void encoding_rest(struct inspection *in, const struct object *object, size_t begin,
                          size_t length)
{
    struct object rest = {.path = object->path, .depth = object->depth + 1, .guessed = true};

    rest.data = object->data + begin;
    rest.length = length;
    if (rest.length >= ENCODING_REST_MIN && !inspection_over(in))
        inspection_object(in, &rest);
}

/* The extra field, name and comment of gzip's header. */
static void encoding_gzip_head(struct inspection *in, const struct object *object)
{
    const uint8_t *data = object->data;
    const size_t length = object->length;
    size_t at = 10, size;
    unsigned bit;

    if (length < 12 || memcmp(data, "\x1f\x8b", 2) != 0)
        return;
    if (data[3] & 4) {
        size = (size_t)data[10] | (size_t)data[11] << 8;
        at = 12;
        if (size > length - at)
            size = length - at;
        encoding_rest(in, object, at, size);
        if (size > 4)
            encoding_rest(in, object, at + 4, size - 4); /* a subfield has a header */
        at += size;
    }
    for (bit = 8; bit <= 16; bit *= 2) {
        const uint8_t *end;

        if (!(data[3] & bit))
            continue;
        end = memchr(data + at, 0, length - at);
        size = end != NULL ? (size_t)(end - data) - at : length - at;
        encoding_rest(in, object, at, size);
        at += size + (end != NULL);
    }
}

/* Frames that zstd skips. */
static void encoding_zstd_frames(struct inspection *in, const struct object *object)
{
    const uint8_t *data = object->data;
    size_t at = 0;

    while (!inspection_over(in) && object->length - at >= 8 && (data[at] & 0xf0) == 0x50 &&
           memcmp(data + at + 1, "\x2a\x4d\x18", 3) == 0) {
        size_t size = le32(data + at + 4);

        at += 8;
        if (size > object->length - at)
            size = object->length - at;
        encoding_rest(in, object, at, size);
        at += size;
    }
}

/* The content for somebody who does not decode the body. */
static void encoding_beside(struct inspection *in, const struct object *object, enum coding coding,
                            const struct decoded *decoded)
{
    struct object pieces = *object;
    const uint8_t *pdf;
    const size_t head = object->length < 1024 ? object->length : 1024;

    if (coding == CODING_AWS_CHUNKED)
        return;
    if (coding == CODING_GZIP)
        encoding_gzip_head(in, object);
    if (coding == CODING_ZSTD)
        encoding_zstd_frames(in, object);
    if (decoded->complete && decoded->used < object->length)
        encoding_rest(in, object, decoded->used, object->length - decoded->used);
    pdf = memmem(object->data, head, "%PDF-", 5);
    if (pdf != NULL)
        encoding_rest(in, object, (size_t)(pdf - object->data),
                      object->length - (size_t)(pdf - object->data));
    if (kind_has_zip_end(object->data, object->length) && !inspection_over(in)) {
        pieces.depth++;
        pieces.pieces = 1;
        container_pieces(in, &pieces);
    }
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
        if (!encoding_is_plain(object->data, object->length, CODING_UNKNOWN))
            inspection_note(in, object, REASON_ENCODING, "unknown content encoding");
        encoding_layer(in, object, codings, count - 1, type);
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
        encoding_beside(in, object, codings[count - 1], &decoded);
    }
    if (decoded.out.length > 0 && !inspection_over(in)) {
        inner.data = decoded.out.data;
        inner.length = decoded.out.length;
        encoding_layer(in, &inner, codings, count - 1, type);
    }
    if (reason == REASON_ENCODING && decoded.is_all && decoded.out.length > 0)
        reason = REASON_NONE;
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
