/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All that a request says of a body is fuzzed with it: file names, type and encoding are the first
 * three lines ("|" between two names), the flags are the byte behind them. */
#include <string.h>

#include "common/wire.h"
#include "tests/fuzz/pipeline.h"

static const uint8_t *names_line(const uint8_t *data, size_t *size, char *text, size_t max)
{
    const uint8_t *end = *size ? memchr(data, '\n', *size) : NULL;
    size_t length = end ? (size_t)(end - data) : 0;

    if (!end || length > max)
        return NULL;
    memcpy(text, data, length);
    text[length] = '\0';
    *size -= length + 1;
    return end + 1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char name[WIRE_NAME_MAX + 1], type[WIRE_TYPE_MAX + 1], encoding[WIRE_ENCODING_MAX + 1];

    if (!(data = names_line(data, &size, name, WIRE_NAME_MAX)) ||
        !(data = names_line(data, &size, type, WIRE_TYPE_MAX)) ||
        !(data = names_line(data, &size, encoding, WIRE_ENCODING_MAX)) || !size)
        return 0;
    for (char *bar = name; (bar = strchr(bar, '|'));)
        *bar++ = '\n';
    pipeline_named(data + 1, size - 1, name, type, encoding,
                   data[0] & 1 ? WIRE_UPLOAD : (data[0] & 2 ? WIRE_ALL_THREATS : 0));
    return 0;
}
