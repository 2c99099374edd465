/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A script, style sheet or drawing: the parts that read differently once escapes are undone and
 * literals joined. The first byte of the input says which of these it is. */
#include "tests/fuzz/pipeline.h"

#include <stdlib.h>

#include "inspect/textwindows.h"

/* Windows are parts of the text, and each goes further than the one before it. */
static void views_windows(const uint8_t *text, size_t length)
{
    const uint8_t *begin, *end, *before = text;
    struct textwindows windows;
    size_t count = 0;

    textwindows_begin(&windows, text, length);
    while (textwindows_next(&windows, &begin, &end)) {
        if (begin < text || begin >= end || end > text + length || end < before || ++count > length)
            abort();
        before = end;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const types[] = {"text/javascript", "text/css",         "image/svg+xml",
                                        "text/html",       "application/json", "text/plain"};
    const size_t count = sizeof types / sizeof types[0];

    if (size == 0)
        return 0;
    views_windows(data + 1, size - 1);
    pipeline_run(data + 1, size - 1, types[data[0] % count], "", 0);
    return 0;
}
