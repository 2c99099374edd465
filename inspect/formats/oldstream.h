/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * oldstream: compressed streams of formats that nobody writes any more: .lzma and .Z.
 *
 * Threads: one an inspection.
 */
#ifndef EPOST_INSPECT_FORMATS_OLDSTREAM_H
#define EPOST_INSPECT_FORMATS_OLDSTREAM_H

#include "inspect/inspection.h"

/* Inspects the content of the stream, and notes what is wrong with it. */
void oldstream_lzma(struct inspection *in, const struct object *object, enum kind kind);
void oldstream_lzw(struct inspection *in, const struct object *object, enum kind kind);

#endif
