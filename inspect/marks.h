/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * marks: bytes in fixed places, by which formats are told.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_MARKS_H
#define EPOST_INSPECT_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct mark {
    unsigned offset, length;
    const char *bytes; /* NULL ends a list */
};

/* Does one of them stand in its place? */
static inline bool marks_any(const struct mark *mark, const uint8_t *data, size_t length)
{
    for (; mark->bytes; mark++)
        if (length >= mark->offset && length - mark->offset >= mark->length &&
            memcmp(data + mark->offset, mark->bytes, mark->length) == 0)
            return true;
    return false;
}

#endif
