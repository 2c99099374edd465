/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * find: a short text in a large one. memmem() takes a byte after the other where the text is two
 * bytes long, and is slow up to some more; this one looks at 16 places at once.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_COMMON_FIND_H
#define EPOST_COMMON_FIND_H

#include <stddef.h>

/* The first place of `text`, of which there is at least one byte, or NULL. */
const void *find_bytes(const void *data, size_t length, const void *text, size_t text_length);

#endif
