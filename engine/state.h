/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * state: what libclamav notes matches in, kept from one scan to the next.
 *
 * libclamav makes this state anew for each layer of a body, and each time for each logical
 * signature three rows of 64 numbers: 26 MB for executables, of which a scan touches a few
 * hundred bytes. Here a row is as long as its signature has parts, the state is made once (before
 * workers are forked: what no scan touches stays shared), and after a scan only those pieces are
 * reset that differ from an untouched state.
 *
 * Owner: whoever called state_shape_new. Threads: one.
 */
#ifndef EPOST_ENGINE_STATE_H
#define EPOST_ENGINE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "engine/layout.h"

struct state;

/* The common part of the states of one set of signatures. */
struct state_shape {
    struct layout_root *root;
    uint32_t partsigs, lsigs, reloffsigs;
    uint32_t words;     /* of all rows together */
    bool has_yara;      /* has signatures of YARA's kind */
    bool has_macros;    /* has signatures that lower a counter again */
    uint8_t *rows;      /* by signature: the numbers in its row */
    uint8_t *answers;   /* by signature: 1 when nothing found makes its expression false */
    struct state *idle; /* states that no scan uses now */
    unsigned idle_count;
};

/* Reads the signatures of `root` (which must outlive the shape). Returns the shape
 * (state_shape_free), or NULL and err when something is not as engine/layout.h says. */
EPOST_MUST_CHECK struct state_shape *state_shape_new(struct layout_root *root, struct err *err);

/* No state of the shape may be in use. Nulls the caller's pointer. */
void state_shape_free(struct state_shape **shape);

/* Fills *data as libclamav's cli_ac_initdata does. Returns 0, or -1 when there is no memory. */
int state_take(struct state_shape *shape, struct layout_acdata *data);

/* Resets and takes back. Returns false, and does nothing, if *data is not from state_take. */
bool state_give(struct layout_acdata *data);

/* The shape and the signature that a row of counters belongs to: NULL if it is from no state in
 * use here. */
struct state_shape *state_of_row(const uint32_t *row, uint32_t *id_r);

/* The rows of a state in use: its pointers to them, and where the counters lie. */
struct state_rows {
    uint32_t **cnt, **last, **first;
    const uint32_t *begin, *end;
    uint32_t lsigs;
};

/* Those of the state whose first row of counters is `row`. False if there is none. */
bool state_rows(const uint32_t *row, struct state_rows *rows_r);

/* The first signature, `id` or behind it, with a counter above zero; if there is none, as many as
 * there are. */
uint32_t state_touched(const struct state_rows *rows, uint32_t id);

#endif
