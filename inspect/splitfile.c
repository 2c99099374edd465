/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/splitfile.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

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

static bool splitfile_is_named(struct inspection *in, const struct object *object,
                               bool (*fits)(const char *name))
{
    const char *name;
    size_t at;

    if (fits(object->name))
        return true;
    for (at = 0; object->is_body && (name = claims_name(&in->claims, at)); at++)
        if (fits(name))
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

/* A later part begins like nothing: only its name says what it is. */
static bool splitfile_by_later_name(const char *name)
{
    static const char *const endings[] = {".zip", ".7z", ".rar", ".tar", ".tgz", ".iso", ".exe"};
    const size_t length = name ? strlen(name) : 0;
    const char *number;
    size_t i;

    if (length <= SPLITFILE_ENDING_LEN)
        return false;
    number = name + length - SPLITFILE_ENDING_LEN;
    if (number[0] != '.')
        return false;
    if ((number[1] == 'z' || number[1] == 'Z') && isdigit((unsigned char)number[2]) &&
        isdigit((unsigned char)number[3]))
        return true;
    for (i = 1; i < SPLITFILE_ENDING_LEN; i++)
        if (!isdigit((unsigned char)number[i]))
            return false;
    for (i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        const size_t ending = strlen(endings[i]);

        if (length > SPLITFILE_ENDING_LEN + ending &&
            strncasecmp(number - ending, endings[i], ending) == 0)
            return true;
    }
    return false;
}

bool splitfile_is_later(struct inspection *in, const struct object *object)
{
    return splitfile_is_named(in, object, splitfile_by_later_name) &&
           kind_of(object->data, object->length, object->name) == KIND_NONE;
}

bool splitfile_is_first(struct inspection *in, const struct object *object)
{
    struct sevenzip_bytes directory;
    enum kind kind;

    if (!splitfile_is_named(in, object, splitfile_by_name))
        return false;
    kind = kind_of(object->data, object->length, object->name);
    if (kind == KIND_ZIP)
        return splitfile_zip(object->data, object->length);
    return kind == KIND_7Z && !sevenzip_stored(object->data, object->length, &directory);
}
