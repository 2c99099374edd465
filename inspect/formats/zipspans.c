/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/zipspans.h"

#include <stdlib.h>

#define ZIPSPANS_MAX 4096

struct zipspans_span {
    const uint8_t *begin, *end;
};

void zipspans_add(struct zipspans *spans, const uint8_t *begin, size_t length)
{
    if (spans->spans == NULL)
        spans->spans = malloc(ZIPSPANS_MAX * sizeof *spans->spans);
    if (spans->spans != NULL && spans->count < ZIPSPANS_MAX)
        spans->spans[spans->count++] = (struct zipspans_span){begin, begin + length};
}

bool zipspans_have(const struct zipspans *spans, const uint8_t *at)
{
    size_t i;

    for (i = 0; i < spans->count; i++)
        if (at > spans->spans[i].begin && at < spans->spans[i].end)
            return true;
    return false;
}

void zipspans_clear(struct zipspans *spans)
{
    spans->count = 0;
}

void zipspans_free(struct zipspans *spans)
{
    free(spans->spans);
    spans->spans = NULL;
    spans->count = 0;
}
