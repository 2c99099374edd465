/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mailparts: the parts of a message as lenient mail programs find them, where
 * they may differ from what GMime found.
 *
 * Threads: one.
 */
#ifndef EPOST_INSPECT_FORMATS_MAILPARTS_H
#define EPOST_INSPECT_FORMATS_MAILPARTS_H

#include "inspect/inspection.h"

/* Inspects them; after GMime's parts, so that the same bytes cost nothing. `found` is how many
 * parts with a content GMime has. */
void mailparts_open(struct inspection *in, const struct object *message, size_t found);

#endif
