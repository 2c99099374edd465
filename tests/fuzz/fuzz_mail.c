/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/pipeline.h"

#include <stdlib.h>
#include <string.h>

/* The input follows two fields that make it a message. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char head[] = "From: a@example.org\r\nMIME-Version: 1.0\r\n";
    const size_t length = sizeof head - 1 + size;
    uint8_t *message = malloc(length);

    if (message == NULL)
        return 0;
    memcpy(message, head, sizeof head - 1);
    memcpy(message + sizeof head - 1, data, size);
    pipeline_run(message, length, "", "", 0);
    free(message);
    return 0;
}
