/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * followups: objects that wait for the end of libclamav's scan, because it must
 * not be called again before, to be opened by the pipeline.
 *
 * Owner: watch, for one scan. Threads: one.
 */
#ifndef EPOST_INSPECT_FOLLOWUPS_H
#define EPOST_INSPECT_FOLLOWUPS_H

#include "inspect/inspection.h"

#define FOLLOWUPS_CHAINS 16u /* streams that are read together with those behind them */

struct followup {
    char type[32]; /* libclamav's */
    struct buffer copy;
    struct object object; /* path points to `path`, data mostly into `copy` or an older one's */
    uint32_t record;      /* of the journal: under it this is done */
    size_t extent;        /* bytes of the object that were perhaps scanned already, or 0 */
    bool pieces;          /* see container_pieces */
    bool retype;          /* see retype_open */
    char path[WIRE_PART_MAX];
};

struct followups {
    struct followup **items;
    size_t count, size;
};

/* A new one, all zero, if there are fewer than `most`. NULL says why not in *why_r: LIMIT_FILES or
 * MEMORY. */
struct followup *followups_add(struct followups *followups, size_t most, enum reason *why_r);

/* Opens all, in the order of their coming, and frees them. */
void followups_open(struct followups *followups, struct inspection *in);

#endif
