/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * listed: archives and images that nothing but libclamav opens: is all that
 * they list among what it came across? What it left out stays closed.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_LISTED_H
#define EPOST_INSPECT_LISTED_H

#include "engine/clam.h"
#include "common/verdict.h"
#include "inspect/kind.h"

/* REASON_NONE if so, else why not, and in `words` what is missing (or NULL). */
enum reason listed_check(enum kind kind, const struct clam_layer *layer, const uint8_t *data,
                         size_t length, const char **words);

#endif
