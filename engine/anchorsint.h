/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * anchorsint: how an entry is filed in an index of anchors.h, so that it is found again.
 *
 * For engine/anchors*.c and fixedset.c only.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_ENGINE_ANCHORSINT_H
#define EPOST_ENGINE_ANCHORSINT_H

#include "engine/anchors.h"

/* Upper and lower case alike. */
static inline uint32_t anchors_fold(uint32_t bytes)
{
    return bytes | UINT32_C(0x20202020);
}

#define ANCHORS_HASH UINT32_C(0x9e3779b1)

static inline uint32_t anchors_hash(uint32_t key)
{
    return key * ANCHORS_HASH;
}

/* The mask of the first `length` bytes. */
static inline uint32_t anchors_low(unsigned length)
{
    return UINT32_MAX >> (8 * (4 - length));
}

static inline uint32_t anchors_group(const struct anchors_index *index, uint32_t hash)
{
    return hash >> (32 - index->groups);
}

/* The filter of four bytes is made of words, chosen by their hash; two bits of it in the word stand
 * for them. That of two bytes has a bit for each pair, which no hash chooses. */
#define ANCHORS_PAIRS UINT32_C(65536)

static inline uint32_t anchors_word(const struct anchors_index *index, uint32_t hash)
{
    return hash >> (37 - index->bits);
}

static inline uint32_t anchors_marks(const struct anchors_index *index, uint32_t hash)
{
    return UINT32_C(1) << (hash >> (32 - index->bits) & 31) |
           UINT32_C(1) << (hash >> (27 - index->bits) & 31);
}

/* Whether four bytes may be in the index of these, by its filter. */
static inline bool anchors_has_four(const struct anchors_index *index, uint32_t key)
{
    const uint32_t hash = anchors_hash(anchors_fold(key)), marks = anchors_marks(index, hash);

    return (index->filter[anchors_word(index, hash)] & marks) == marks;
}

/* Whether the first two of them may be in the index of pairs. */
static inline bool anchors_has_pair(const struct anchors_index *index, uint32_t key)
{
    return index->filter[(key & 0xffff) >> 5] >> (key & 31) & 1;
}

#endif
