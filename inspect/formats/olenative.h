/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * olenative: what a stream of an OLE object holds for the program that made it;
 * of a "package" that is a file, which a double click opens.
 *
 * Owner: ole2.c and rtf.c. Threads: one.
 */
#ifndef EPOST_INSPECT_FORMATS_OLENATIVE_H
#define EPOST_INSPECT_FORMATS_OLENATIVE_H

#include "inspect/inspection.h"

/* Opens the content behind a stream's length, and the file in it if it is a package. Does
 * nothing with what does not begin with a length that fits. */
void olenative_open(struct inspection *in, const struct object *stream);

/* The same where no length comes first. */
void olenative_data(struct inspection *in, const struct object *data);

#endif
