/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proof: bodies made of patterns, to show that each pattern is found where it is.
 *
 * Threads: none.
 */
#ifndef EPOST_ENGINE_PROOF_H
#define EPOST_ENGINE_PROOF_H

#include <stddef.h>

#include "common/err.h"
#include "engine/anchors.h"

/* Every head is a candidate in a body made of it. 0, or -1 and err, which names the signature. */
EPOST_MUST_CHECK int proof_check(const struct anchors *anchors, struct err *err);

/* A body that the head's patterns match wherever they may stand anywhere. Returns its length, 0
 * when it has no room in `size`. *place_r: where the trie's key stands. */
size_t proof_body(const struct anchors_head *head, unsigned char *body, size_t size,
                  size_t *place_r);

#endif
