/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * selfcheck: nothing that stands in for libclamav is used that was not compared with libclamav's
 * own work, signature by signature.
 *
 * Threads: one.
 */
#ifndef EPOST_ENGINE_SELFCHECK_H
#define EPOST_ENGINE_SELFCHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "engine/state.h"

/* Ours in the place of libclamav's. */
struct selfcheck_calls {
    int (*chklsig)(const char *, const char *, uint32_t *, unsigned *, uint64_t *, unsigned);
    bool (*is_answered)(const char *expr, const char *end, const uint32_t *row);
};

/* Compares a fresh state, a used one, and the answers of all signatures of the shape with
 * libclamav's. Takes about 7 us of CPU a signature. Returns 0, or -1 and err with what differs. */
EPOST_MUST_CHECK int selfcheck_shape(struct state_shape *shape, const struct selfcheck_calls *calls,
                                     struct err *err);

#endif
