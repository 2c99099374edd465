/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON uploads: files that interfaces take as long base64 strings or data:
 * URIs, each decoded and inspected as a file of its own. No JSON parser: every
 * string literal that is long and all base64 counts, whatever surrounds it.
 */
#include "config.h"

#include <string.h>

#include "inspect/inspection.h"
#include "inspect/transfer.h"

#define JSONB64_MIN 32 /* characters of base64: 24 bytes */

/* Four hexadecimal digits that stand for an ASCII character; else 0. */
static uint8_t jsonb64_escape(const uint8_t *at)
{
    unsigned code = 0, i;

    for (i = 0; i < 4; i++) {
        const uint8_t c = at[i] | 0x20;

        if (at[i] >= '0' && at[i] <= '9')
            code = code << 4 | (at[i] - '0');
        else if (c >= 'a' && c <= 'f')
            code = code << 4 | (c - 'a' + 10u);
        else
            return 0;
    }
    return code < 128 ? (uint8_t)code : 0;
}

/* Decodes [at, end), JSON's escapes included. Returns 1 if all of it was base64. */
static int jsonb64_decode(struct buffer *buffer, const uint8_t *at, const uint8_t *end)
{
    uint8_t *out = buffer_room(buffer, (size_t)(end - at));
    uint32_t bits = 0;
    unsigned have = 0;

    if (out == NULL)
        return 0;
    for (; at < end; at++) {
        uint8_t c = *at;
        int value;

        if (c == '\\' && at + 1 < end) {
            c = *++at;
            if (c == 'n' || c == 'r' || c == 't')
                continue;
            if (c == 'u' && end - at > 4) {
                c = jsonb64_escape(at + 1);
                at += 4;
            }
        }
        if (c == '=' || c == ' ' || c == '\n' || c == '\r')
            continue;
        value = transfer_base64_value(c);
        if (value < 0)
            return 0;
        bits = bits << 6 | (uint32_t)value;
        have += 6;
        if (have >= 8) {
            have -= 8;
            *out++ = (uint8_t)(bits >> have);
            buffer->length++;
        }
    }
    return 1;
}

/* The end of the string literal that begins behind `at`, or NULL. */
static const uint8_t *jsonb64_string_end(const uint8_t *at, const uint8_t *end)
{
    for (; at < end; at++) {
        if (*at == '"')
            return at;
        if (*at == '\\')
            at++;
    }
    return NULL;
}

static void jsonb64_string(struct inspection *in, const struct object *body, const uint8_t *at,
                           const uint8_t *end, const char *key)
{
    char path[WIRE_PART_MAX];
    struct object file = {.path = path, .depth = body->depth + 1};
    struct buffer buffer = SPOOL_INIT;

    if ((size_t)(end - at) > 5 && memcmp(at, "data:", 5) == 0) {
        size_t head = (size_t)(end - at) < 256 ? (size_t)(end - at) : 256;
        const uint8_t *comma = memmem(at, head, ";base64,", 8);

        if (comma == NULL)
            return;
        at = comma + 8;
    } else if (end - at < JSONB64_MIN) {
        return;
    }
    inspection_path(path, body, "json", key);
    if (jsonb64_decode(&buffer, at, end) && buffer.length > 0) {
        file.data = buffer.data;
        file.length = buffer.length;
        inspection_object(in, &file);
    }
    buffer_free(&buffer);
}

void jsonb64_open(struct inspection *in, const struct object *body)
{
    const uint8_t *at = body->data, *end = at + body->length;
    char key[64] = "";

    while (at < end && !inspection_over(in)) {
        const uint8_t *close;
        size_t length;

        at = memchr(at, '"', (size_t)(end - at));
        if (at == NULL || (close = jsonb64_string_end(at + 1, end)) == NULL)
            return;
        jsonb64_string(in, body, at + 1, close, key);
        length = (size_t)(close - at - 1);
        if (length < sizeof key) {
            memcpy(key, at + 1, length);
            key[length] = '\0';
        }
        at = close + 1;
    }
}
