/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mirror: which of several equal servers is asked, and what is remembered of them.
 *
 * Each run draws an order: healthy mirrors first, evenly by chance, so that
 * twenty mirrors each bear a twentieth; then those that failed lately; last
 * those that served bad bytes (harmless to ask, for trust lies in the
 * signature, but a waste). One that said when to come back is left alone until
 * then. Nobody is asked twice in a run.
 *
 * Owner: the record of a source keeps the list on disk. Threads: pure functions.
 */
#ifndef EPOST_UPDATER_MIRROR_H
#define EPOST_UPDATER_MIRROR_H

#include <stddef.h>
#include <stdint.h>

#include "updater/backoff.h"
#include "updater/rng.h"

#define MIRROR_URL_MAX 512 /* bytes with NUL */
#define MIRRORS_MAX    128 /* of one source */

enum mirror_state {
    MIRROR_HEALTHY = 0,
    MIRROR_FAILED, /* not reached, slow, without a file, behind the others */
    MIRROR_BAD,    /* served bytes that were not what was signed */
    MIRROR_BUSY    /* asked to be left alone */
};

struct mirror {
    char url[MIRROR_URL_MAX]; /* ends in / */
    enum mirror_state state;
    struct backoff backoff;
    int64_t used; /* last time it gave what was asked, 0 never */
};

/* Draws the order of this run into order[count]. Returns how many may be asked. */
size_t mirror_order(const struct mirror *mirrors, size_t count, int64_t now, struct rng *rng,
                    size_t *order);

/* The result of asking. `asked` as in backoff_fail. */
void mirror_failed(struct mirror *mirror, enum mirror_state state, int64_t now, int64_t asked,
                   struct rng *rng);
void mirror_worked(struct mirror *mirror, int64_t now);

/* When the first busy one may be asked again; 0 when none is busy. */
int64_t mirror_earliest(const struct mirror *mirrors, size_t count, int64_t now);

/* "healthy", "failed", "bad", "busy", and back (-1 if it is none). */
const char *mirror_state_name(enum mirror_state state);
int mirror_state_from_name(const char *name);

#endif
