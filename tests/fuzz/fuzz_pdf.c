/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A PDF: our own reader, and libqpdf under its ceilings. A header is put in front if there is none,
 * so that every input is read as a PDF. */
#include <stdlib.h>
#include <string.h>

#include "tests/fuzz/pipeline.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char header[] = "%PDF-1.7\n";
    const size_t length = sizeof header - 1;
    uint8_t *document;

    if (size >= 5 && memcmp(data, "%PDF-", 5) == 0) {
        pipeline_run(data, size, "", "", 0);
        return 0;
    }
    document = malloc(length + size);
    if (document == NULL)
        return 0;
    memcpy(document, header, length);
    if (size > 0)
        memcpy(document + length, data, size);
    pipeline_run(document, length + size, "", "", 0);
    free(document);
    return 0;
}
