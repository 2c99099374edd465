/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A tar: its members through libarchive, and those that it takes for something without bytes. */
#include "config.h"

#include <string.h>

#include "inspect/inspection.h"
#include "inspect/names.h"
#include "inspect/formats/tar.h"

static void taropen_odd(struct inspection *in, const struct object *object)
{
    struct tar_member odd;
    size_t at = 0;

    while (!inspection_over(in) && tar_next_odd(object->data, object->length, &at, &odd)) {
        char name[OBJECT_NAME_MAX], path[WIRE_PART_MAX];
        struct object member = {.data = odd.data,
                                .length = odd.length,
                                .name = name,
                                .path = path,
                                .depth = object->depth + 1};

        inspection_trick(in, odd.name);
        names_guess(name, sizeof name, odd.name, strlen(odd.name));
        inspection_path(path, object, kind_name(KIND_TAR), name);
        inspection_object(in, &member);
    }
}

void taropen(struct inspection *in, const struct object *object)
{
    container_open(in, object);
    taropen_odd(in, object);
}
