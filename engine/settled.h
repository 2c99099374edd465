/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * settled: after a layer was searched, libclamav evaluates the expressions of all logical
 * signatures, one by one, tens of thousands for a program. Here it finds a table of those only
 * that were touched, or that are not false when nothing was found: the others have no effect.
 *
 * The first entries of libclamav's table, and of the pointers to the rows of counters, are the
 * chosen ones then, in their order, and the table is as long as they are many. A caller that has
 * kept the table's length goes on behind them and evaluates some of them twice, and none that
 * counts is left out. While the table is short nothing else may read it: settled_end is called
 * wherever libclamav comes back to a function of engine/untouched.h or engine/search.h.
 *
 * Owner: the process. Threads: one.
 */
#ifndef EPOST_ENGINE_SETTLED_H
#define EPOST_ENGINE_SETTLED_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/layout.h"
#include "engine/state.h"

/* The evaluation of the signatures of shape begins. row: the counters of the first one. Makes the
 * table short, unless an evaluation could begin a scan of something. */
void settled_begin(const struct state_shape *shape, const uint32_t *row);

/* Whether these counters are of the state whose evaluation is under way, with a short table. */
bool settled_has(const uint32_t *row);

/* Puts everything back, if a table is short. */
void settled_end(void);

/* Tables made short until now: for tests. */
uint64_t settled_count(void);

#endif
