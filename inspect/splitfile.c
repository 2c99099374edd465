/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/splitfile.h"

#include <string.h>

#include "inspect/formats/sevenzip.h"
#include "inspect/formats/zip.h"
#include "inspect/kindof.h"

#define SPLITFILE_ENDING     ".001"
#define SPLITFILE_ENDING_LEN 4u

static bool splitfile_by_name(const char *name)
{
    const size_t length = name ? strlen(name) : 0;

    return length > SPLITFILE_ENDING_LEN && memcmp(name + length - SPLITFILE_ENDING_LEN,
                                                   SPLITFILE_ENDING, SPLITFILE_ENDING_LEN) == 0;
}

static bool splitfile_is_named(struct inspection *in, const struct object *object)
{
    const char *name;
    size_t at;

    if (splitfile_by_name(object->name))
        return true;
    for (at = 0; object->is_body && (name = claims_name(&in->claims, at)); at++)
        if (splitfile_by_name(name))
            return true;
    return false;
}

/* Without a directory that lists the member in front: a stored ZIP in it has one of its own. */
static bool splitfile_zip(const uint8_t *data, size_t length)
{
    struct zip_facts facts;

    zip_walk(data, length, &facts);
    return !facts.directory || facts.begin > 0;
}

bool splitfile_is_first(struct inspection *in, const struct object *object)
{
    struct sevenzip_bytes directory;
    enum kind kind;

    if (!splitfile_is_named(in, object))
        return false;
    kind = kind_of(object->data, object->length, object->name);
    if (kind == KIND_ZIP)
        return splitfile_zip(object->data, object->length);
    return kind == KIND_7Z && !sevenzip_stored(object->data, object->length, &directory);
}
