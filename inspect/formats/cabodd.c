/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/cabodd.h"

#include <string.h>

#include "inspect/inspection.h"
#include "inspect/le.h"

#define CABODD_HEAD 36u

/* Version 1.x, with files that begin within it. */
bool cabodd_is(const uint8_t *data, size_t length)
{
    return length > CABODD_HEAD && memcmp(data, "MSCF", 4) == 0 && le32(data + 4) != 0 &&
           data[25] == 1 && le16(data + 26) > 0 && le16(data + 28) > 0 &&
           le32(data + 16) >= CABODD_HEAD && le32(data + 16) < length;
}

void cabodd_open(struct inspection *in, const struct object *object)
{
    struct buffer buffer = BUFFER_INIT;
    struct object plain;

    if (buffer_add(&buffer, object->data, object->length) != 0) {
        inspection_note(in, object, REASON_MEMORY, NULL);
        return;
    }
    memset(buffer.data + 4, 0, 4);
    plain = inspection_inner(object, buffer.data, buffer.length);
    inspection_object(in, &plain);
    buffer_free(&buffer);
}
