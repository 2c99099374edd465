/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ActiveMime: the macros of Office documents in XML or MHTML (editdata.mso). A
 * header of some 50 bytes, whose length has changed over time, then a zlib
 * stream that holds a compound file.
 */
#include "config.h"

#include <string.h>

#include "inspect/decode.h"
#include "inspect/inspection.h"

#define ACTIVEMIME_HEAD 4096u /* bytes in which the stream begins */

void activemime_open(struct inspection *in, const struct object *object)
{
    char path[WIRE_PART_MAX];
    const size_t head = object->length < ACTIVEMIME_HEAD ? object->length : ACTIVEMIME_HEAD;
    struct object file = {.path = path, .depth = object->depth + 1};
    int found = 0;
    size_t at;

    inspection_path(path, object, "activemime", "editdata");
    for (at = 12; at + 6 < head && !found && !inspection_over(in); at++) {
        const uint8_t *data = object->data + at;
        struct decoded decoded;
        enum reason reason;

        if (data[0] != 0x78 || ((unsigned)data[0] << 8 | data[1]) % 31 != 0)
            continue;
        reason = decode(CODEC_ZLIB, data, object->length - at, &in->budget, &decoded);
        file.data = decoded.out.data;
        file.length = decoded.out.length;
        if (reason != REASON_ENCODING || file.length > 64) {
            found = 1;
            if (file.length > 0)
                inspection_object(in, &file);
            if (reason != REASON_NONE)
                inspection_note(in, object, reason == REASON_ENCODING ? REASON_CONTAINER : reason,
                                "ActiveMime");
        }
        buffer_free(&decoded.out);
    }
    if (!found && !inspection_over(in))
        inspection_note(in, object, REASON_CONTAINER, "ActiveMime without its stream");
}
