/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * untouched: logical signatures that no match has touched cost nothing.
 *
 * Stands in front of five private functions of libclamav: match states are kept (engine/state.h)
 * instead of made for each layer, and an expression all of whose counters are zero is answered
 * from a table instead of parsed. libclamav evaluates all that a match has touched.
 *
 * This stands on what libclamav does not promise. It is off until untouched_build has found that
 * version, functions and structures agree (engine/layout.h) and states and answers of every
 * signature are libclamav's own (engine/selfcheck.h); and it can be switched off.
 *
 * Owner: the process. Threads: one.
 */
#ifndef EPOST_ENGINE_UNTOUCHED_H
#define EPOST_ENGINE_UNTOUCHED_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

/* Takes over the signatures of the engines that were compiled since the last call. Returns 0, or
 * -1 and err: nothing of them is taken over then, and libclamav works as it does alone. */
EPOST_MUST_CHECK int untouched_build(struct err *err);

/* Gives the patterns of the engines that were compiled since the last call to engine/search.h.
 * Returns 0, or -1 and err, and then all these patterns stay libclamav's. */
EPOST_MUST_CHECK int untouched_anchor(struct err *err);

/* Signatures taken over. */
unsigned untouched_count(void);

/* Whether states and answers are used (the default): for comparisons. */
void untouched_use(bool use);

/* Whether the expression, or the part of one, is false for this row of counters without being
 * evaluated: all counters are zero, and zero makes it false. Asked for each signature. */
bool untouched_is_answered(const char *expr, const char *end, const uint32_t *row);

struct state_shape;

/* Compares states and answers of a shape with libclamav's own: see selfcheck.h. Returns 0, or -1
 * and err with what differs. */
EPOST_MUST_CHECK int untouched_check(struct state_shape *shape, struct err *err);

/* The shapes in use, for tests: the i-th, or NULL. */
struct state_shape *untouched_shape(unsigned i);

#endif
