/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/olenative.h"

#include <string.h>

#include "inspect/le.h"

/* Behind a string with its NUL; 0 if there is none. */
static size_t olenative_string(const struct object *data, size_t at)
{
    const uint8_t *end = memchr(data->data + at, 0, data->length - at);

    return end != NULL ? (size_t)(end - data->data) + 1 : 0;
}

/* The file of a package: mark, label, path, kind, the path once more, the file. 0 if it is none. */
static int olenative_package(const struct object *data, struct object *file)
{
    const uint8_t *bytes = data->data;
    size_t at, size;

    if (data->length < 2 || le16(bytes) != 2)
        return 0;
    at = olenative_string(data, 2);
    if (at == 0 || (at = olenative_string(data, at)) == 0 || data->length - at < 8)
        return 0;
    size = le32(bytes + at + 4);
    at += 8;
    if (data->length - at < 4 || size > data->length - at - 4)
        return 0;
    at += size;
    size = le32(bytes + at);
    at += 4;
    file->data = bytes + at;
    file->length = size < data->length - at ? size : data->length - at;
    return file->length > 0;
}

void olenative_data(struct inspection *in, const struct object *data)
{
    char path[WIRE_PART_MAX];
    struct object file = {.path = path, .depth = data->depth + 1};

    if (!olenative_package(data, &file)) {
        inspection_object(in, data);
        return;
    }
    inspection_path(path, data, "package", (const char *)data->data + 2);
    inspection_object(in, &file);
}

void olenative_open(struct inspection *in, const struct object *stream)
{
    struct object data = *stream;

    if (stream->length < 5 || le32(stream->data) == 0 || le32(stream->data) > stream->length - 4)
        return;
    data.data += 4;
    data.length = le32(stream->data);
    data.depth++;
    olenative_data(in, &data);
}
