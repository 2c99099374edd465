/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/stream.h"

#include <string.h>
#include <strings.h>

bool stream_is_type(const char *type)
{
    static const char name[] = "text/event-stream";
    const size_t length = sizeof name - 1;

    type += strspn(type, " \t");
    if (strncasecmp(type, name, length) != 0)
        return false;
    type += length;
    type += strspn(type, " \t");
    /* A comma: more than one type came. */
    return (*type == '\0' || *type == ';') && !strchr(type, ',');
}

/* The first byte of a character (RFC 3629, section 4). */
static bool stream_take_first(struct stream *stream, uint8_t byte)
{
    stream->low = 0x80;
    stream->high = 0xbf;
    if (byte < 0x80)
        return byte != 0;
    if (byte < 0xc2 || byte > 0xf4)
        return false;
    stream->missing = byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
    if (byte == 0xe0)
        stream->low = 0xa0; /* shorter forms exist */
    else if (byte == 0xed)
        stream->high = 0x9f; /* surrogates */
    else if (byte == 0xf0)
        stream->low = 0x90;
    else if (byte == 0xf4)
        stream->high = 0x8f; /* above U+10FFFF */
    return true;
}

bool stream_take(struct stream *stream, const void *data, size_t length)
{
    const uint8_t *bytes = data;

    for (size_t i = 0; i < length; i++) {
        if (stream->missing == 0) {
            if (!stream_take_first(stream, bytes[i]))
                return false;
            continue;
        }
        if (bytes[i] < stream->low || bytes[i] > stream->high)
            return false;
        stream->missing--;
        stream->low = 0x80;
        stream->high = 0xbf;
    }
    return true;
}
