/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * backoff: how long to leave somebody alone after failures.
 *
 * The waits double from 5 minutes to a day, each with a quarter of jitter, so
 * that machines that failed together do not come back together. The time that
 * a server asks for (Retry-After) counts if it is longer.
 *
 * Time is an argument, in Unix seconds; nothing here looks at a clock.
 * Owner: the caller keeps and stores the struct. Threads: pure functions.
 */
#ifndef EPOST_UPDATER_BACKOFF_H
#define EPOST_UPDATER_BACKOFF_H

#include <stdint.h>

#include "updater/rng.h"

#define BACKOFF_FIRST 300         /* seconds */
#define BACKOFF_LAST  86400       /* seconds */
#define BACKOFF_ASKED (7 * 86400) /* seconds: no Retry-After counts for longer */

struct backoff {
    unsigned failures; /* in a row */
    int64_t until;     /* not before then; 0: at any time */
};

/* One more failure. `asked` is when the server said to come back, 0 if it did not. */
void backoff_fail(struct backoff *backoff, int64_t now, int64_t asked, struct rng *rng);

/* It worked: forgotten. */
void backoff_clear(struct backoff *backoff);

/* Seconds still to wait, 0 for none. A clock that was set back never waits longer than the
 * longest wait. */
int64_t backoff_wait(const struct backoff *backoff, int64_t now);

#endif
