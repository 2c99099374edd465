/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * vba: the source of macros, which stands packed at the end of a stream. Where
 * it begins a stream of its own says, in a form that libclamav follows to its
 * first surprise; here it is found by how it is packed.
 *
 * Owner: ole2.c. Threads: one.
 */
#ifndef EPOST_INSPECT_FORMATS_VBA_H
#define EPOST_INSPECT_FORMATS_VBA_H

#include "inspect/inspection.h"

/* Scans what is packed at the end of a stream, if there is something. */
void vba_open(struct inspection *in, const struct object *stream);

#endif
