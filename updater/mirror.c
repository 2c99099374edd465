/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/mirror.h"

#include <string.h>

static const char *const state_names[] = {"healthy", "failed", "bad", "busy"};

/* A wait that is over makes any mirror healthy again. */
static enum mirror_state mirror_state_now(const struct mirror *mirror, int64_t now)
{
    return backoff_wait(&mirror->backoff, now) > 0 ? mirror->state : MIRROR_HEALTHY;
}

size_t mirror_order(const struct mirror *mirrors, size_t count, int64_t now, struct rng *rng,
                    size_t *order)
{
    size_t used = 0;

    for (enum mirror_state state = MIRROR_HEALTHY; state < MIRROR_BUSY; state++) {
        size_t first = used;

        for (size_t i = 0; i < count; i++)
            if (mirror_state_now(&mirrors[i], now) == state)
                order[used++] = i;
        rng_shuffle(rng, order + first, used - first);
    }
    return used;
}

void mirror_failed(struct mirror *mirror, enum mirror_state state, int64_t now, int64_t asked,
                   struct rng *rng)
{
    mirror->state = state;
    backoff_fail(&mirror->backoff, now, asked, rng);
    /* Bad bytes do not heal within minutes. */
    if (state == MIRROR_BAD && mirror->backoff.until < now + BACKOFF_LAST)
        mirror->backoff.until = now + BACKOFF_LAST;
}

void mirror_worked(struct mirror *mirror, int64_t now)
{
    mirror->state = MIRROR_HEALTHY;
    mirror->used = now;
    backoff_clear(&mirror->backoff);
}

int64_t mirror_earliest(const struct mirror *mirrors, size_t count, int64_t now)
{
    int64_t earliest = 0;

    for (size_t i = 0; i < count; i++)
        if (mirror_state_now(&mirrors[i], now) == MIRROR_BUSY &&
            (earliest == 0 || mirrors[i].backoff.until < earliest))
            earliest = mirrors[i].backoff.until;
    return earliest;
}

const char *mirror_state_name(enum mirror_state state)
{
    return state_names[state];
}

int mirror_state_from_name(const char *name)
{
    for (int i = 0; i <= MIRROR_BUSY; i++)
        if (strcmp(state_names[i], name) == 0)
            return i;
    return -1;
}
