/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A payload that a script, a program or a false mark carries behind it: the first byte of the input
 * says how. */
#include "tests/fuzz/pipeline.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const fronts[] = {"#!/bin/sh\n",
                                         "\x7f"
                                         "ELF\2\1\1",
                                         "MZ\x90",
                                         "070707",
                                         "PK\3\4",
                                         "%PDF-1.4\n",
                                         "\x89PNG\r\n\x1a\n"};
    const char *front = fronts[size > 0 ? data[0] % 7 : 0];
    const size_t length = strlen(front);
    uint8_t *body = malloc(length + size);

    if (body == NULL)
        return 0;
    memcpy(body, front, length);
    if (size > 1)
        memcpy(body + length, data + 1, size - 1);
    pipeline_run(body, length + (size > 0 ? size - 1 : 0), "", "", 0);
    free(body);
    return 0;
}
