/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shown: whether a client shows something as a page or runs it as a script
 * because of what it is called, whatever its first bytes are. libclamav goes by
 * the first bytes alone.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_ACTIVE_CONTENT_H
#define EPOST_INSPECT_ACTIVE_CONTENT_H

#include <stddef.h>

/* By HTTP's Content-Type, with or without parameters. */
int active_content_by_type(const char *type, size_t length);

/* By the end of a file's name or path. */
int active_content_by_name(const char *name, size_t length);

#endif
