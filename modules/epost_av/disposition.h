/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * disposition: the file names that a Content-Disposition field gives to a body.
 *
 * Browsers differ in which parameter they take and in how they read it, so all
 * readings are handed on: filename and filename*, RFC 2231's pieces, quoted or
 * not, percent-encoded, as an encoded word (RFC 2047).
 *
 * Threads: pure functions.
 */
#ifndef EPOST_AV_DISPOSITION_H
#define EPOST_AV_DISPOSITION_H

#include "common/buf.h"

#define DISPOSITION_NAMES 12 /* names of a body, the URL's included; more are not handed on */

/* Adds the names in a field's value to *names, which holds names one a line, but those that
 * are there already. Returns 0, or -1 if there are more than DISPOSITION_NAMES. */
int disposition_add_names(struct buf *names, const char *value);

/* Adds one name, as above. `name` need not be NUL-terminated. */
int disposition_add_name(struct buf *names, const char *name, size_t length);

#endif
