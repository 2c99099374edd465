/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON uploads: files that interfaces take as long base64 strings or data:
 * URIs, each decoded and inspected as a file of its own. No JSON parser: every
 * string literal that is long and all base64 counts, whatever surrounds it.
 */
#include "config.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "common/base64.h"
#include "common/hex.h"
#include "inspect/inspection.h"
#include "inspect/kindof.h"

#define JSONB64_MIN   32  /* characters of base64: 24 bytes */
#define JSONB64_NOISE 256 /* bytes: noise that is shorter is no file */

/* Four hexadecimal digits that stand for an ASCII character; else 0. */
static uint8_t jsonb64_escape(const uint8_t *at)
{
    unsigned code = 0, i;

    for (i = 0; i < 4; i++) {
        const int digit = hex_digit(at[i]);

        if (digit < 0)
            return 0;
        code = code << 4 | (unsigned)digit;
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
        if (c == '=' || c == ' ' || c == '\n' || c == '\r' || c == '\t')
            continue;
        value = base64_value(c);
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

/* Digests and the like are base64 too, by chance. */
static bool jsonb64_is_hex(const uint8_t *at, const uint8_t *end)
{
    for (; at < end; at++)
        if (!((*at >= '0' && *at <= '9') || (*at >= 'a' && *at <= 'f') ||
              (*at >= 'A' && *at <= 'F')))
            return false;
    return true;
}

/* Tokens and keys are short noise; a file so short is text, or of a kind that is known. */
static bool jsonb64_is_file(const uint8_t *data, size_t length)
{
    size_t i;

    if (length >= JSONB64_NOISE || length < 4 || kind_of(data, length, NULL) != KIND_NONE ||
        kind_has_zip_end(data, length) || memcmp(data, "MZ", 2) == 0 ||
        memcmp(data,
               "\x7f"
               "ELF",
               4) == 0)
        return true;
    for (i = 0; i < length; i++)
        if (data[i] < ' ' && memchr("\t\n\r\f", data[i], 4) == NULL)
            return false;
    return true;
}

/* Behind "data:…;base64,", or NULL. */
static const uint8_t *jsonb64_data_uri(const uint8_t *at, const uint8_t *end)
{
    const size_t head = (size_t)(end - at) < 1024 ? (size_t)(end - at) : 1024;
    size_t i;

    for (i = 5; i + 7 <= head; i++)
        if (strncasecmp((const char *)at + i, "base64,", 7) == 0)
            return at + i + 7;
    return NULL;
}

void jsonb64_value(struct inspection *in, const struct object *body, const uint8_t *at,
                   const uint8_t *end, const char *key)
{
    char path[WIRE_PART_MAX];
    struct object file = {.path = path, .depth = body->depth + 1};
    struct buffer buffer = BUFFER_INIT;

    while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
        at++;
    if (end - at > 5 && strncasecmp((const char *)at, "data:", 5) == 0) {
        at = jsonb64_data_uri(at, end);
        if (at == NULL)
            return;
    } else if (end - at < JSONB64_MIN || jsonb64_is_hex(at, end)) {
        return;
    }
    inspection_path(path, body, "json", key);
    if (jsonb64_decode(&buffer, at, end) && buffer.length > 0 &&
        jsonb64_is_file(buffer.data, buffer.length)) {
        file.data = buffer.data;
        file.length = buffer.length;
        inspection_object(in, &file);
    }
    buffer_free(&buffer);
}

static void jsonb64_open_text(struct inspection *in, const struct object *body)
{
    const uint8_t *at = body->data, *end = at + body->length;
    char key[64] = "";

    while (at < end && !inspection_over(in)) {
        const uint8_t *close;
        size_t length;

        at = memchr(at, '"', (size_t)(end - at));
        if (at == NULL || (close = jsonb64_string_end(at + 1, end)) == NULL)
            return;
        jsonb64_value(in, body, at + 1, close, key);
        length = (size_t)(close - at - 1);
        if (length < sizeof key) {
            memcpy(key, at + 1, length);
            key[length] = '\0';
        }
        at = close + 1;
    }
}

/* UTF-16 and UTF-32, whose ASCII has NULs in between. */
static bool jsonb64_is_wide(const struct object *body)
{
    const uint8_t *data = body->data;

    return body->length >= 8 &&
           (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0 ||
            (data[0] != 0 && data[1] == 0) || (data[0] == 0 && data[1] != 0));
}

static void jsonb64_open_wide(struct inspection *in, const struct object *body)
{
    struct buffer buffer = BUFFER_INIT;
    struct object narrow = *body;
    uint8_t *out = buffer_room(&buffer, body->length);
    size_t i;

    if (out == NULL) {
        inspection_note(in, body, REASON_MEMORY, NULL);
        return;
    }
    for (i = 0; i < body->length; i++)
        if (body->data[i] != 0)
            out[buffer.length++] = body->data[i];
    narrow.data = buffer.data;
    narrow.length = buffer.length;
    if (narrow.length >= 2)
        jsonb64_open_text(in, &narrow);
    buffer_free(&buffer);
}

void jsonb64_open(struct inspection *in, const struct object *body)
{
    if (jsonb64_is_wide(body))
        jsonb64_open_wide(in, body);
    else
        jsonb64_open_text(in, body);
}
