/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * aws-chunked, the coding of uploads to S3: "SIZE[;chunk-signature=…]", a line
 * break, the bytes, a line break; a chunk of size 0 and trailing fields end it.
 */
#include "config.h"

#include <string.h>

#include "common/hex.h"
#include "inspect/decode.h"

#define AWSCHUNKED_HEAD 1024u /* bytes of a chunk's line */
#define AWSCHUNKED_SIZE 8     /* hexadecimal digits */

/* A chunk's line at `at`. Returns where its bytes begin, or NULL. */
static const uint8_t *awschunked_line(const uint8_t *at, const uint8_t *end, size_t *size_r)
{
    const size_t left = (size_t)(end - at);
    const uint8_t *newline = memchr(at, '\n', left < AWSCHUNKED_HEAD ? left : AWSCHUNKED_HEAD);
    size_t size = 0;
    int digits = 0;

    if (newline == NULL)
        return NULL;
    for (; digits < AWSCHUNKED_SIZE && hex_digit(at[digits]) >= 0; digits++)
        size = size << 4 | (size_t)hex_digit(at[digits]);
    at += digits;
    if (digits == 0 || (*at != ';' && *at != '\r' && *at != '\n' && *at != ' '))
        return NULL;
    *size_r = size;
    return newline + 1;
}

enum reason decode_aws_chunked(const uint8_t *data, size_t length, struct decoded *decoded)
{
    const uint8_t *at = data, *end = data + length;

    memset(decoded, 0, sizeof *decoded);
    while (at < end) {
        size_t size;
        const uint8_t *content = awschunked_line(at, end, &size);

        if (content == NULL)
            break;
        if (size == 0) {
            decoded->complete = 1;
            decoded->used = length; /* trailing fields belong to it */
            return REASON_NONE;
        }
        if (size > (size_t)(end - content))
            break;
        if (buffer_add(&decoded->out, content, size) != 0)
            return REASON_MEMORY;
        at = content + size;
        if (at < end && *at == '\r')
            at++;
        if (at < end && *at == '\n')
            at++;
        decoded->used = (size_t)(at - data);
    }
    return REASON_ENCODING;
}
