/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * application/x-www-form-urlencoded: names and values as the server sees them,
 * each inspected as a file of its own, and once more decoded if it is base64
 * or a data: URI. A field without escapes and without base64 is what the body
 * has shown already.
 */
#include "config.h"

#include <string.h>

#include "common/hex.h"
#include "inspect/inspection.h"
#include "inspect/textview.h"

#define FORMFIELDS_MIN 24 /* bytes: nothing shorter is worth a scan */

/* Undoes percent-encoding. Returns 0, or -1 without memory; *escapes_r is how many there were. */
static int formfields_decode(struct buffer *buffer, const uint8_t *at, const uint8_t *end,
                             size_t *escapes_r)
{
    uint8_t *out = buffer_room(buffer, (size_t)(end - at) + 1);
    uint32_t code;

    *escapes_r = 0;
    if (out == NULL)
        return -1;
    for (; at < end; at++) {
        int high = *at == '%' && end - at > 2 ? hex_digit(at[1]) : -1;
        int low = high >= 0 ? hex_digit(at[2]) : -1;

        if (low >= 0) {
            out[buffer->length++] = (uint8_t)(high << 4 | low);
            at += 2;
            ++*escapes_r;
        } else if (*at == '%' && end - at > 5 && at[1] == 'u' &&
                   textview_digits(at + 2, end, 16, 4, &code) == 4 && code < 0x100) {
            out[buffer->length++] = (uint8_t)code; /* as classic ASP does */
            at += 5;
            ++*escapes_r;
        } else {
            out[buffer->length++] = *at == '+' ? ' ' : *at;
            *escapes_r += *at == '+';
        }
    }
    return 0;
}

static void formfields_text(struct inspection *in, const struct object *body, const uint8_t *at,
                            const uint8_t *end)
{
    char path[WIRE_PART_MAX];
    struct object field = {.path = path, .depth = body->depth + 1};
    struct buffer buffer = BUFFER_INIT;
    size_t escapes;

    if (end - at < FORMFIELDS_MIN)
        return;
    inspection_path(path, body, "form", "field");
    if (formfields_decode(&buffer, at, end, &escapes) != 0) {
        inspection_note(in, body, REASON_MEMORY, NULL);
        return;
    }
    field.data = buffer.data;
    field.length = buffer.length;
    if (escapes > 0 && field.length >= FORMFIELDS_MIN)
        inspection_object(in, &field);
    jsonb64_value(in, body, field.data, field.data + field.length, "field");
    buffer_free(&buffer);
}

void formfields_open(struct inspection *in, const struct object *body)
{
    const uint8_t *at = body->data, *end = at + body->length;

    while (at < end && !inspection_over(in)) {
        const uint8_t *equals = NULL, *stop;

        for (stop = at; stop < end && *stop != '&' && *stop != ';'; stop++)
            if (*stop == '=' && equals == NULL)
                equals = stop;
        formfields_text(in, body, at, equals != NULL ? equals : stop);
        if (equals != NULL && !inspection_over(in))
            formfields_text(in, body, equals + 1, stop);
        at = stop + 1;
    }
}
