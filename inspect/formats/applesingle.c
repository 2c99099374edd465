/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * AppleSingle and AppleDouble: a table of entries, of which one may be a file's
 * data, as mail programs and the Finder take it out.
 */
#include "config.h"

#include "inspect/formats/be.h"
#include "inspect/inspection.h"

#define APPLESINGLE_HEAD  26
#define APPLESINGLE_ENTRY 12
#define APPLESINGLE_DATA  1 /* the entry's number */

void applesingle_open(struct inspection *in, const struct object *object)
{
    const uint8_t *entry = object->data + APPLESINGLE_HEAD;
    char path[WIRE_PART_MAX];
    unsigned count;

    if (object->length < APPLESINGLE_HEAD)
        return;
    inspection_path(path, object, kind_name(KIND_APPLESINGLE), "data");
    for (count = object->data[24] * 256u + object->data[25]; count > 0; count--) {
        struct object file = {.path = path, .depth = object->depth + 1};
        uint32_t offset, length;

        if (object->length - (size_t)(entry - object->data) < APPLESINGLE_ENTRY)
            return;
        offset = be32(entry + 4);
        length = be32(entry + 8);
        if (be32(entry) == APPLESINGLE_DATA && offset < object->length && length > 0) {
            file.data = object->data + offset;
            file.length =
                length < object->length - offset ? length : object->length - (size_t)offset;
            inspection_object(in, &file);
        }
        entry += APPLESINGLE_ENTRY;
    }
}
