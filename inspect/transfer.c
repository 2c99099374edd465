/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/transfer.h"

#include <gmime/gmime.h>
#include <string.h>
#include <strings.h>

#include "common/hex.h"

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

int transfer_joined(const uint8_t *data, size_t length, struct buffer *buffer)
{
    GMimeEncoding state;
    size_t used = 0, i;
    uint8_t *room;

    if (length == 0 || transfer_padding(data, data + length) == NULL)
        return 0;
    room = buffer_room(buffer, length + 16);
    if (room == NULL)
        return -1;
    for (i = 0; i < length; i++)
        if (data[i] != '=')
            room[used++] = data[i];
    memset(room + used, '=', 2); /* without an end the last bytes are kept back */
    used += 2;
    g_mime_encoding_init_decode(&state, GMIME_CONTENT_ENCODING_BASE64);
    buffer->length += g_mime_encoding_step(&state, (const char *)room, used, (char *)room);
    return 1;
}

/* The line break behind an equals sign, blanks in front of it included; 0 if it is none. */
static size_t transfer_soft(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *blank = at + 1;

    if (at == end || *at != '=')
        return 0;
    while (blank < end && strchr(" \t\f\v", *blank) != NULL && *blank != 0)
        blank++;
    if (blank == end || (*blank != '\r' && *blank != '\n'))
        return 0;
    return (size_t)(blank - at) + (end - blank > 1 && blank[0] == '\r' && blank[1] == '\n' ? 2 : 1);
}

/* The next byte that is no soft break. */
static const uint8_t *transfer_behind_soft(const uint8_t *at, const uint8_t *end)
{
    size_t soft;

    while ((soft = transfer_soft(at, end)) > 0)
        at += soft;
    return at;
}

size_t transfer_quoted(uint8_t *out, const uint8_t *data, size_t length, bool unix_lines,
                       size_t *escapes_r)
{
    const uint8_t *at = data, *end = data + length, *high, *low;
    size_t used = 0;

    *escapes_r = 0;
    while (at < end) {
        size_t soft = transfer_soft(at, end);

        if (soft > 0) {
            at += soft;
            ++*escapes_r;
            continue;
        }
        high = *at == '=' ? transfer_behind_soft(at + 1, end) : end;
        low = high < end && hex_digit(*high) >= 0 ? transfer_behind_soft(high + 1, end) : end;
        if (low < end && hex_digit(*low) >= 0) {
            out[used++] = (uint8_t)(hex_digit(*high) << 4 | hex_digit(*low));
            at = low + 1;
            ++*escapes_r;
            continue;
        }
        at += unix_lines && end - at > 1 && at[0] == '\r' && at[1] == '\n';
        out[used++] = *at++;
    }
    return used;
}
