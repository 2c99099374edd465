/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * where: places in c-icap's configuration, for messages. c-icap tells a
 * directive's handler neither file nor line, and says nothing at all about a
 * directive that nobody knows.
 *
 * Threads: any; reads files.
 */
#ifndef EPOST_MODULES_EPOST_AV_CONF_LOCATION_H
#define EPOST_MODULES_EPOST_AV_CONF_LOCATION_H

#include <stddef.h>

#include "common/err.h"

/* Where in a configuration (files it includes too) the line "….NAME …value…"
 * stands, as "file:line" in where[size]; "" when not found. */
void conf_location_directive(const char *file, const char *name, const char *value, char *where,
                             size_t size);

/* Looks for lines "PREFIXNAME …" for whose NAME known() says 0. Returns 0 when
 * there are none, or -1 and err with the first: "file:line: …". */
EPOST_MUST_CHECK int conf_location_unknown(const char *file, const char *prefix,
                                           int (*known)(const char *name), struct err *err);

#endif
