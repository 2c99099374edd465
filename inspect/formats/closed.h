/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * closed: archives and images of disks that neither libclamav nor a library
 * that is trusted opens. Their content is not scanned, and the verdict says so.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_CLOSED_H
#define EPOST_INSPECT_FORMATS_CLOSED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* true for such a format. A mark of few bytes counts only if the structure behind it holds. */
bool closed_is(const uint8_t *data, size_t length);

/* true if it begins with a mark of eight bytes or more, or with one that stands nowhere else. */
bool closed_is_marked(const uint8_t *data, size_t length);

/* true if the ending of its name and a mark of two bytes agree that it is such a format: a reader
 * of it takes the file by these. `name` may be NULL. */
bool closed_is_named(const uint8_t *data, size_t length, const char *name);

#endif
