/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/backoff.h"

void backoff_fail(struct backoff *backoff, int64_t now, int64_t asked, struct rng *rng)
{
    int64_t wait = BACKOFF_FIRST;

    for (unsigned i = 0; i < backoff->failures && wait < BACKOFF_LAST; i++)
        wait *= 2;
    if (wait > BACKOFF_LAST)
        wait = BACKOFF_LAST;
    wait -= (int64_t)rng_below(rng, (uint64_t)wait / 4);

    if (backoff->failures < 1000)
        backoff->failures++;
    backoff->until = now + wait;
    if (asked > now + BACKOFF_ASKED)
        asked = now + BACKOFF_ASKED;
    if (asked > backoff->until)
        backoff->until = asked;
}

void backoff_clear(struct backoff *backoff)
{
    backoff->failures = 0;
    backoff->until = 0;
}

int64_t backoff_wait(const struct backoff *backoff, int64_t now)
{
    if (backoff->until <= now || backoff->until > now + BACKOFF_ASKED)
        return 0;
    return backoff->until - now;
}
