/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * coverage: libclamav has been through an object: did it come across all that
 * is in it? If not, the pipeline opens the object itself, or the finding says
 * what stays closed.
 *
 * Threads: one an inspection.
 */
#ifndef EPOST_INSPECT_COVERAGE_H
#define EPOST_INSPECT_COVERAGE_H

#include <stdbool.h>

#include "inspect/inspection.h"

struct coverage {
    struct inspection *in;
    const struct object *object;    /* with its kind, and whether libclamav confirmed it */
    const struct clam_layer *layer; /* what libclamav saw of it */
    unsigned members;               /* of a ZIP, as its directory says */
    bool odd;                       /* a ZIP that libclamav cannot be relied on for */
};

/* true if the pipeline has to open the object. Adds to the finding what it finds on the way. */
bool coverage_needed(const struct coverage *coverage);

/* Adds to the finding what a RAR says of itself. `object` may begin behind something else. */
void coverage_note_rar(struct inspection *in, const struct object *object);

/* The checkers of formats.def, one a kind, as coverage_needed. */
#define FORMAT(kind, name, marks, traits, reader, checker, opener)                                 \
    bool checker(const struct coverage *coverage);
#include "inspect/formats.def"

#endif
