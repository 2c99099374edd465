/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fixedset: which of many fixed texts are in a buffer, found by one search for all of them.
 *
 * Over a hundred regular expressions look at each archive. To ask for the text of each by itself
 * is to read the archive as often.
 *
 * Owner: jit.c. Threads: built by one, then read-only.
 */
#ifndef EPOST_ENGINE_FIXEDSET_H
#define EPOST_ENGINE_FIXEDSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "engine/fixedtext.h"

struct fixedset;

/* Of `count` texts, which are copied; their numbers are their places. Each is looked for in bodies
 * with it before this returns. Returns the set (fixedset_free) or NULL and err. */
EPOST_MUST_CHECK struct fixedset *fixedset_new(const struct fixedtext *texts, uint32_t count,
                                               struct err *err);

/* NULL is nothing. Nulls the caller's pointer. */
void fixedset_free(struct fixedset **set);

/* Words of `found` below. */
size_t fixedset_words(const struct fixedset *set);

/* Sets bit `number` modulo 64 of found[number / 64] for each text in the buffer, and clears the
 * others. */
void fixedset_search(const struct fixedset *set, const void *buffer, size_t length,
                     uint64_t *found);

#endif
