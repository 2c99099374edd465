/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/descriptors.h"

#include <stdlib.h>
#include <unistd.h>

static int descriptors_compare(const void *a, const void *b)
{
    const int *left = a, *right = b;

    return (*left > *right) - (*left < *right);
}

void descriptors_close_but(int *kept, size_t count)
{
    int next = STDERR_FILENO + 1;

    qsort(kept, count, sizeof kept[0], descriptors_compare);
    for (size_t i = 0; i < count; i++) {
        if (kept[i] > next)
            close_range((unsigned)next, (unsigned)kept[i] - 1, 0);
        if (kept[i] >= next)
            next = kept[i] + 1;
    }
    close_range((unsigned)next, ~0u, 0);
}
