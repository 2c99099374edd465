/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * magic: the type of content by its first bytes, for the operator's exceptions.
 *
 * Only types whose mark is long enough to be meant are known; what a header
 * claims plays no part. It compares bytes and parses nothing.
 * Threads: pure.
 */
#ifndef EPOST_AV_MAGIC_H
#define EPOST_AV_MAGIC_H

#include <stddef.h>

#define MAGIC_BYTES 16 /* bytes of the beginning that decide */

/* "image/png", or "" when unknown. */
const char *magic_type(const void *head, size_t length);

#endif
