/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/transfer.h"

#include <gmime/gmime.h>
#include <string.h>
#include <strings.h>

int transfer_decode(const char *encoding, size_t encoding_length, const uint8_t *data,
                    size_t length, struct buffer *buffer)
{
    GMimeContentEncoding kind;
    GMimeEncoding state;
    char token[32];
    uint8_t *room;
    size_t used = 0;

    /* the value of a folded field begins with a line break */
    while (encoding_length > 0 && *encoding != 0 && strchr(" \t\r\n", *encoding) != NULL) {
        encoding++;
        encoding_length--;
    }
    while (used < encoding_length && used + 1 < sizeof token && encoding[used] > ' ' &&
           encoding[used] != ';') {
        token[used] = encoding[used];
        used++;
    }
    token[used] = '\0';
    kind = g_mime_content_encoding_from_string(token);
    if (kind != GMIME_CONTENT_ENCODING_BASE64 && kind != GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE)
        return 0;
    g_mime_encoding_init_decode(&state, kind);
    room = buffer_room(buffer, g_mime_encoding_outlen(&state, length) + 16);
    if (room == NULL)
        return -1;
    buffer->length += g_mime_encoding_step(&state, (const char *)data, length, (char *)room);
    return 1;
}

static int transfer_is_base64(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

/* The first padding that is not the end, or NULL. */
static const uint8_t *transfer_padding(const uint8_t *data, const uint8_t *end)
{
    const uint8_t *padding = memchr(data, '=', (size_t)(end - data)), *at;

    for (at = padding; at != NULL && at < end; at++)
        if (transfer_is_base64(*at))
            return padding;
    return NULL;
}

int transfer_restarted(const uint8_t *data, size_t length, struct buffer *buffer)
{
    const uint8_t *end = data + length, *padding;

    if (length == 0 || transfer_padding(data, end) == NULL)
        return 0;
    while (data < end) {
        GMimeEncoding state;
        uint8_t *room;

        padding = memchr(data, '=', (size_t)(end - data));
        while (padding != NULL && padding < end && !transfer_is_base64(*padding))
            padding++;
        if (padding == NULL)
            padding = end;
        g_mime_encoding_init_decode(&state, GMIME_CONTENT_ENCODING_BASE64);
        room = buffer_room(buffer, (size_t)(padding - data) + 16);
        if (room == NULL)
            return -1;
        buffer->length += g_mime_encoding_step(&state, (const char *)data, (size_t)(padding - data),
                                               (char *)room);
        data = padding;
    }
    return 1;
}
