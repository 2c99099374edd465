/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * anchorsindex: makes an index of anchors.h: entries in groups, and the filter in front of them.
 *
 * Owner: anchors.c, and fixedset.c for its own. Threads: one, before the index is used.
 */
#ifndef EPOST_ENGINE_ANCHORSINDEX_H
#define EPOST_ENGINE_ANCHORSINDEX_H

#include "engine/anchors.h"

/* An empty one with room for `expected` entries; `length` bytes of a window, four or two, choose
 * the group. Returns 0, or -1 and err; it is to be freed in both cases. */
EPOST_MUST_CHECK int anchorsindex_new(struct anchors_index *index, unsigned length,
                                      uint32_t expected, struct err *err);

/* Puts the entries, which the owner has added, in the order of their groups, and fills the filter.
 * Returns 0, or -1 and err. */
EPOST_MUST_CHECK int anchorsindex_sort(struct anchors_index *index, struct err *err);

void anchorsindex_free(struct anchors_index *index);

#endif
