/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * search: stands in front of libclamav's search for patterns (cli_ac_scanbuff) and shows it the
 * places that engine/anchors.h finds, each with the patterns that may be there, in libclamav's own
 * order. Whether a pattern matches, and what follows from it, is decided by libclamav alone.
 *
 * Threads: none; libclamav is used single-threaded.
 */
#ifndef EPOST_ENGINE_SEARCH_H
#define EPOST_ENGINE_SEARCH_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "engine/layout.h"

struct anchors;

/* Takes over the patterns of a compiled root. Returns 0, or -1 and err with nothing changed. */
EPOST_MUST_CHECK int search_take_over(const struct layout_root *root, struct err *err);

/* The root is about to be freed. */
void search_let_go(const struct layout_root *root);

/* Patterns taken over. */
unsigned search_count(void);

/* Buffers searched by anchors until now: for tests. */
uint64_t search_runs(void);

/* How often matches were shown to libclamav before the end of a buffer, for want of room: for
 * tests. */
uint64_t search_early(void);

/* Whether anchors are used (the default): for comparisons. */
void search_use(bool use);

/* The i-th set of anchors in use, or NULL: for tests. */
struct anchors *search_anchors(unsigned n);

/* The root that search_anchors(n) belongs to. */
const struct layout_root *search_root(unsigned n);

#endif
