/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Files that text carries as base64: data: URIs in HTML and style sheets, and
 * the parts of Office documents in flat XML. libclamav decodes some of the
 * former itself; what it has seen is not scanned again.
 */
#include "config.h"

#include <string.h>

#include "inspect/inspection.h"
#include "inspect/transfer.h"

#define EMBEDDED_MIN 24 /* bytes: nothing shorter is worth a scan */

static const struct {
    const char *marker, *name;
} markers[] = {{"base64,", "data"}, {":binaryData>", "binaryData"}};

/* White space, also as an entity ("&#10;"), percent-encoded ("%0A") or, in style sheets and
 * scripts, behind a backslash. Returns how many bytes of it, 0 for none. */
static size_t embedded_space(const uint8_t *at, const uint8_t *end)
{
    size_t left = (size_t)(end - at), i;

    if (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t' || *at == '\\')
        return 1;
    if (*at == '%' && left >= 3 && at[1] == '0' &&
        (at[2] == 'A' || at[2] == 'D' || at[2] == 'a' || at[2] == 'd'))
        return 3;
    if (*at == '%' && left >= 3 && at[1] == '2' && at[2] == '0')
        return 3;
    if (*at != '&' || left < 4 || at[1] != '#')
        return 0;
    for (i = 2; i < left && i < 8; i++)
        if (at[i] == ';')
            return i + 1;
    return 0;
}

/* Decodes from `at` to the first byte that is not base64. Returns where that is. */
static const uint8_t *embedded_decode(const uint8_t *at, const uint8_t *end, struct buffer *buffer,
                                      int *failed_r)
{
    uint32_t bits = 0;
    unsigned have = 0;

    while (at < end) {
        int value = transfer_base64_value(*at);
        size_t space;
        uint8_t byte;

        if (value < 0) {
            space = embedded_space(at, end);
            if (space == 0)
                break;
            at += space;
            continue;
        }
        at++;
        bits = bits << 6 | (uint32_t)value;
        have += 6;
        if (have < 8)
            continue;
        have -= 8;
        byte = (uint8_t)(bits >> have);
        if (buffer_add(buffer, &byte, 1) != 0) {
            *failed_r = 1;
            break;
        }
    }
    return at;
}

static void embedded_marker(struct inspection *in, const struct object *text, size_t marker)
{
    const uint8_t *at = text->data, *end = at + text->length;
    size_t length = strlen(markers[marker].marker);

    while (!inspection_over(in) &&
           (at = memmem(at, (size_t)(end - at), markers[marker].marker, length)) != NULL) {
        char path[WIRE_PART_MAX];
        struct object file = {.path = path, .depth = text->depth + 1};
        struct buffer buffer = SPOOL_INIT;
        int failed = 0;

        at = embedded_decode(at + length, end, &buffer, &failed);
        inspection_path(path, text, "text", markers[marker].name);
        file.data = buffer.data;
        file.length = buffer.length;
        if (file.length >= EMBEDDED_MIN)
            inspection_object(in, &file);
        if (failed)
            inspection_note(in, &file, REASON_MEMORY, NULL);
        buffer_free(&buffer);
    }
}

/* "&#100;" or "&#x64;": the byte it stands for and its length, or 0. */
static size_t embedded_entity(const uint8_t *at, const uint8_t *end, uint8_t *byte)
{
    size_t left = (size_t)(end - at), i = 2;
    unsigned code = 0, base = 10;

    if (left < 4 || at[1] != '#')
        return 0;
    if ((at[2] | 0x20) == 'x') {
        base = 16;
        i = 3;
    }
    for (; i < left && i < 10 && at[i] != ';'; i++) {
        unsigned c = at[i] | 0x20u;
        unsigned digit = c >= 'a' && c <= 'f' ? c - 'a' + 10 : at[i] - (unsigned)'0';

        if (digit >= base)
            return 0;
        code = code * base + digit;
    }
    *byte = (uint8_t)code;
    return i < left && at[i] == ';' && code > 0 && code < 128 ? i + 1 : 0;
}

/* HTML that spells much in numeric entities, as browsers read it. */
static void embedded_entities(struct inspection *in, const struct object *text)
{
    const uint8_t *at = text->data, *end = at + text->length;
    struct buffer buffer = SPOOL_INIT;
    struct object plain = *text;
    unsigned count = 0;
    size_t i;

    if (buffer_room(&buffer, text->length) == NULL) {
        inspection_note(in, text, REASON_MEMORY, NULL);
        return;
    }
    while (at < end) {
        size_t length = *at == '&' ? embedded_entity(at, end, &buffer.data[buffer.length]) : 0;

        if (length == 0)
            buffer.data[buffer.length] = *at;
        count += length > 0;
        buffer.length++;
        at += length ? length : 1;
    }
    plain.data = buffer.data;
    plain.length = buffer.length;
    for (i = 0; count >= EMBEDDED_MIN && i < sizeof markers / sizeof markers[0]; i++)
        embedded_marker(in, &plain, i);
    buffer_free(&buffer);
}

void embedded_open(struct inspection *in, const struct object *text)
{
    size_t i;

    if (text->length > 0 && memmem(text->data, text->length, "&#", 2) != NULL)
        embedded_entities(in, text);
    for (i = 0; i < sizeof markers / sizeof markers[0]; i++)
        embedded_marker(in, text, i);
}
