/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * where: places in c-icap's configuration, for messages. c-icap tells a
 * directive's handler neither file nor line, and says nothing at all about a
 * directive that nobody knows.
 *
 * Threads: any; reads files.
 */
#ifndef EPOST_AV_WHERE_H
#define EPOST_AV_WHERE_H

#include <stddef.h>

#include "common/err.h"

/* Where in a configuration (files it includes too) the line "….NAME …value…"
 * stands, as "file:line" in where[size]; "" when not found. */
void where_directive(const char *file, const char *name, const char *value, char *where,
                     size_t size);

/* Looks for lines "PREFIXNAME …" for whose NAME known() says 0. Returns 0 when
 * there are none, or -1 and err with the first: "file:line: …". */
int where_unknown(const char *file, const char *prefix, int (*known)(const char *name),
                  struct err *err);

#endif
