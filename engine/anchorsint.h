/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * anchorsint: how anchors.c files an entry, so that anchorsfind.c finds it. Nobody else includes
 * it.
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

static inline uint32_t anchors_hash(uint32_t key)
{
    return key * UINT32_C(0x9e3779b1);
}

static inline uint32_t anchors_group(const struct anchors_index *index, uint32_t hash)
{
    return hash >> (32 - index->groups);
}

#endif
