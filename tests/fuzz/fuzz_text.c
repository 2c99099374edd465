/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/pipeline.h"

#include <stdlib.h>
#include <string.h>

/* The input as a page, with something in front of it that makes it one; files in text, and their
 * readers, in all spellings. OpenPGP and AppleSingle come by themselves, as base64. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char head[] = "<html><a href=\"data:text/html;base64,";
    const size_t length = sizeof head - 1 + size;
    uint8_t *page = malloc(length);

    if (page == NULL)
        return 0;
    memcpy(page, head, sizeof head - 1);
    memcpy(page + sizeof head - 1, data, size);
    pipeline_run(page, length, "text/html", "", 0);
    free(page);
    return 0;
}
