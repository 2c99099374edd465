/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/inspection.h"

#include <stdlib.h>

#include "inspect/formats/lzw.h"
#include "inspect/formats/zipwrap.h"
#include "inspect/le.h"

#define OLDSTREAM_LITTLE 65536 /* bytes of a damaged stream that are still no stream */

/* The old .lzma format, as the only member of a ZIP: libarchive's own reader of it wants the usual
 * properties and dictionaries. */
void oldstream_lzma(struct inspection *in, const struct object *object)
{
    static const uint8_t head[] = {9, 20, 5, 0};
    const struct zipwrap_piece pieces[] = {
        {head, sizeof head}, {object->data, 5}, {object->data + 13, object->length - 13}};
    struct buffer wrapped = BUFFER_INIT, out = BUFFER_INIT;
    char path[WIRE_PART_MAX];
    struct object member = {.path = path, .depth = object->depth + 1};
    enum reason reason = REASON_MEMORY;

    if (zipwrap(&wrapped, 14, 0, le64(object->data + 5), pieces, 3) == 0)
        reason = zipwrap_undo(in, object, &wrapped, &out);
    inspection_path(path, object, kind_name(object->kind), "");
    member.data = out.data;
    member.length = out.length;
    if (out.length > 0)
        inspection_object(in, &member);
    if (reason != REASON_NONE && (reason != REASON_CONTAINER || out.length > OLDSTREAM_LITTLE))
        inspection_note(in, object, reason, "a stream that is cut or damaged");
    buffer_free(&wrapped);
    buffer_free(&out);
}

/* compress(1). Bytes behind the stream look like codes that cannot be, which ends it. */
void oldstream_lzw(struct inspection *in, const struct object *object)
{
    struct lzw *lzw = malloc(sizeof *lzw);
    struct buffer out = BUFFER_INIT;
    char path[WIRE_PART_MAX];
    struct object member = {.path = path, .depth = object->depth + 1};
    enum reason reason = lzw != NULL ? REASON_NONE : REASON_MEMORY;
    size_t got = lzw != NULL && lzw_begin(lzw, object->data, object->length);

    while (got > 0) {
        uint8_t *room = inspection_room(in, object, out.length, &out, LZW_BLOCK + 1, &reason);

        got = room != NULL ? lzw_next(lzw, room) : 0;
        out.length += got;
    }
    inspection_path(path, object, kind_name(object->kind), "");
    member.data = out.data;
    member.length = out.length;
    if (out.length > 0)
        inspection_object(in, &member);
    if (reason != REASON_NONE)
        inspection_note(in, object, reason, NULL);
    buffer_free(&out);
    free(lzw);
}
