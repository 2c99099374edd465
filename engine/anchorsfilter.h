/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * anchorsfilter: which of the places of a block may have an anchor: the filters of both indexes,
 * asked for many places at once.
 *
 * The processor's wide instructions compute the hashes where it has them; the answer is the same.
 *
 * Owner: anchorsfind.c. Threads: pure functions.
 */
#ifndef EPOST_ENGINE_ANCHORSFILTER_H
#define EPOST_ENGINE_ANCHORSFILTER_H

#include <stdint.h>

#include "engine/anchors.h"

#define ANCHORS_BLOCK       32 /* places */
#define ANCHORS_BLOCK_READS 48 /* bytes that are read for them */

/* A bit a place, the first one's is the lowest. */
struct anchors_passed {
    uint32_t fours, pairs; /* the filter of that index lets it pass */
};

/* The places from the beginning of `content`, which has ANCHORS_BLOCK_READS bytes. */
typedef void anchors_filter(const struct anchors *anchors, const unsigned char *content,
                            struct anchors_passed *passed_r);

/* The best for this processor. */
anchors_filter *anchorsfilter(void);

/* The one for any processor: for comparisons. */
anchors_filter anchorsfilter_plain;

#endif
