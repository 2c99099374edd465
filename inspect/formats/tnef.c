/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TNEF (winmail.dat): the attachments, in attributes of their own or among the
 * properties of one, where libclamav does not look; it also ends with the
 * first attribute that it does not like.
 */
#include "config.h"

#include <string.h>

#include "inspect/inspection.h"
#include "inspect/le.h"
#include "inspect/names.h"

#define TNEF_MESSAGE    1
#define TNEF_ATTACHMENT 2
#define TNEF_DATA       0x800f
#define TNEF_TITLE      0x8010
#define TNEF_MAPI       0x9003
#define TNEF_MAPI_FILE  0x9005

struct tnef_walk {
    struct inspection *in;
    const struct object *object;
    char name[OBJECT_NAME_MAX]; /* the attachment's, if told before it */
};

/* Bytes that are read from the front. */
struct tnef_bytes {
    const uint8_t *data;
    size_t length;
};

/* Takes `size` bytes off the front, and what rounds them up to four; NULL if there are less. */
static const uint8_t *tnef_take(struct tnef_bytes *bytes, uint64_t size)
{
    const uint8_t *data = bytes->data;
    uint64_t padded = (size + 3) & ~UINT64_C(3);

    if (size > bytes->length)
        return NULL;
    if (padded > bytes->length)
        padded = bytes->length;
    bytes->data += padded;
    bytes->length -= (size_t)padded;
    return data;
}

static int tnef_number(struct tnef_bytes *bytes, uint32_t *number)
{
    const uint8_t *data = tnef_take(bytes, 4);

    if (data != NULL)
        *number = le32(data);
    return data != NULL;
}

static void tnef_file(struct tnef_walk *walk, const uint8_t *data, size_t length)
{
    char path[WIRE_PART_MAX];
    struct object file = {
        .data = data, .length = length, .path = path, .depth = walk->object->depth + 1};

    inspection_path(path, walk->object, kind_name(KIND_TNEF), walk->name);
    if (walk->name[0] != '\0')
        file.name = walk->name;
    if (length > 0)
        inspection_object(walk->in, &file);
}

/* Bytes of a value of a type of one size, 0 for one whose length comes first. -1: unknown. */
static int tnef_size(unsigned type)
{
    switch (type) {
    case 0x001e:
    case 0x001f:
    case 0x0102:
    case 0x000d:
        return 0;
    case 0x0005:
    case 0x0006:
    case 0x0007:
    case 0x0014:
    case 0x0040:
        return 8;
    case 0x0048:
        return 16;
    case 0x0002:
    case 0x0003:
    case 0x0004:
    case 0x000a:
    case 0x000b:
        return 4;
    default:
        return -1;
    }
}

/* One value. An object has its interface's 16 bytes in front. */
static int tnef_value(struct tnef_walk *walk, struct tnef_bytes *bytes, unsigned type)
{
    const uint8_t *data;
    uint32_t size;

    if (tnef_size(type) > 0)
        return tnef_take(bytes, (uint64_t)tnef_size(type)) != NULL;
    if (!tnef_number(bytes, &size) || (data = tnef_take(bytes, size)) == NULL)
        return 0;
    if (type == 0x000d && size > 16)
        tnef_file(walk, data + 16, size - 16);
    else if (type == 0x0102)
        tnef_file(walk, data, size);
    return 1;
}

/* A property that has a name has it in front. */
static int tnef_property_name(struct tnef_bytes *bytes)
{
    uint32_t kind, size;

    if (tnef_take(bytes, 16) == NULL || !tnef_number(bytes, &kind) || !tnef_number(bytes, &size))
        return 0;
    return kind == 0 || tnef_take(bytes, size) != NULL;
}

/* All properties of a message or an attachment. Returns 0 where they break off. */
static int tnef_properties(struct tnef_walk *walk, const uint8_t *data, size_t length)
{
    struct tnef_bytes bytes = {data, length};
    uint32_t count, tag, values;

    if (!tnef_number(&bytes, &count))
        return 0;
    for (; count > 0 && !inspection_over(walk->in); count--) {
        unsigned type;

        if (!tnef_number(&bytes, &tag))
            return 0;
        type = tag & 0x0fff;
        if (tnef_size(type) < 0 || (tag >= UINT32_C(0x80000000) && !tnef_property_name(&bytes)))
            return 0;
        values = 1;
        if (((tag & 0x1000) || tnef_size(type) == 0) && !tnef_number(&bytes, &values))
            return 0;
        for (; values > 0 && !inspection_over(walk->in); values--)
            if (!tnef_value(walk, &bytes, type))
                return 0;
    }
    return 1;
}

static int tnef_attribute(struct tnef_walk *walk, unsigned level, unsigned id, const uint8_t *data,
                          size_t length)
{
    if (id == TNEF_MAPI || id == TNEF_MAPI_FILE)
        return tnef_properties(walk, data, length);
    if (level == TNEF_ATTACHMENT && id == TNEF_TITLE)
        names_guess(walk->name, sizeof walk->name, (const char *)data,
                    strnlen((const char *)data, length));
    else if (level == TNEF_ATTACHMENT && id == TNEF_DATA)
        tnef_file(walk, data, length);
    return 1;
}

void tnef_open(struct inspection *in, const struct object *object)
{
    struct tnef_walk walk = {.in = in, .object = object};
    size_t at = 6;

    while (!inspection_over(in) && object->length > at && object->length - at >= 11) {
        const uint8_t *head = object->data + at;
        uint32_t size = le32(head + 5);

        if (head[0] != TNEF_MESSAGE && head[0] != TNEF_ATTACHMENT)
            break; /* libclamav says that it is malformed, or it is the end */
        if (size > object->length - at - 9 ||
            !tnef_attribute(&walk, head[0], le16(head + 1), head + 9, size)) {
            inspection_note(in, object, REASON_MALFORMED, "a TNEF attribute that breaks off");
            break;
        }
        at += 9 + (size_t)size + 2;
    }
}
