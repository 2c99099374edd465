/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/pipeline.h"

#include <string.h>

#include "common/wire.h"

/* The first line is the Content-Type, the rest is the body. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *newline = size > 0 ? memchr(data, '\n', size) : NULL;
    size_t length = newline != NULL ? (size_t)(newline - data) : 0;
    char type[WIRE_TYPE_MAX + 1];

    if (newline == NULL || length >= sizeof type)
        return 0;
    memcpy(type, data, length);
    type[length] = '\0';
    pipeline_run(newline + 1, size - length - 1, type, "", WIRE_UPLOAD);
    return 0;
}
