/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * gitbinary: files in patches, as "git diff --binary" and "git format-patch" write them: lines of
 * base 85 behind the length of each, of a zlib stream.
 *
 * Threads: one; no state is kept between calls.
 */
#ifndef EPOST_INSPECT_FORMATS_GITBINARY_H
#define EPOST_INSPECT_FORMATS_GITBINARY_H

#include "inspect/inspection.h"

/* Hands the files in a text to inspection_object, a difference to another file as it stands. */
void gitbinary_open(struct inspection *in, const struct object *text);

#endif
