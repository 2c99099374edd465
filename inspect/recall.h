/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recall: which layers of a scan in libclamav need not be looked at, because their bytes were, in
 * this body or in an earlier one at a place of the same kind.
 *
 * Owner: the watch. Threads: one.
 */
#ifndef EPOST_INSPECT_RECALL_H
#define EPOST_INSPECT_RECALL_H

#include "inspect/watch.h"

/* The visitor's `skip`; its context is a watch. */
int recall_skip(void *context, const struct clam_layer *layer, const char *parents);

/* A layer is opened: so is its record, if it may be remembered by itself. */
void recall_begin(struct watch *watch, struct watch_level *level, const struct clam_layer *layer);

/* Marks a layer's bytes as looked at. Returns the name by which they are known, or NULL. */
const char *recall_name(struct watch *watch, const struct watch_level *level,
                        const struct clam_layer *layer);

#endif
