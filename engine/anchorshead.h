/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * anchorshead: all that is known of the patterns of a head before one of them is looked for: which
 * bytes around the key are fixed, the four that tell most, and where in a file they may count.
 *
 * Owner: anchors.c. Threads: one, before the anchors are used.
 */
#ifndef EPOST_ENGINE_ANCHORSHEAD_H
#define EPOST_ENGINE_ANCHORSHEAD_H

#include "engine/anchors.h"

/* Fills in a head whose list is set. Returns 0, or -1 and err; it is to be freed in both cases. */
EPOST_MUST_CHECK int anchorshead_fill(struct anchors_head *head, struct err *err);

/* The bits of a byte that a token wants, and the mask of those that count. */
unsigned char anchorshead_mask(uint16_t token, unsigned char *bits_r);

/* Frees what belongs to a head; the list does not. */
void anchorshead_free(struct anchors_head *head);

#endif
