/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spare: a copy of the generation process of the engine that serves. It was forked when that
 * process had loaded, shares its memory, and waits. When the generation process is killed the
 * spare takes its place: nothing is loaded again, and no second engine is in memory.
 *
 * engines.h asks for it.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_SPARE_H
#define EPOST_SCANNER_SPARE_H

#include "common/clock.h"
#include "scanner/state.h"

#define SPARE_PAUSE_NS (1 * CLOCK_S) /* between two tries to get one */

/* Nothing is there. */
void spare_init(struct spare *spare);

/* Gives one up that has not come to life in its time. */
void spare_expire(struct supervisor *supervisor, struct generation *generation, uint64_t now);

/* It has something to say, or its channel is at its end. */
void spare_event(struct supervisor *supervisor, struct spare *spare);

/* A process ended. Returns 1 if it was a spare. */
int spare_reaped(struct supervisor *supervisor, pid_t pid);

/* The generation's process is gone: its spare takes its place. Returns 1; or 0, there is none. */
int spare_promote(struct supervisor *supervisor, struct generation *generation);

/* The generation's process is gone and its spare was forked, perhaps, but has not said so yet: it
 * is waited for, not for long. Returns 1; or 0, none was asked for. */
int spare_await(struct generation *generation);

/* A spare is waited for to take the generation's place, or is about to. */
int spare_is_awaited(const struct generation *generation);

/* Ends it: it is of no use any more. */
void spare_kill(struct supervisor *supervisor, struct generation *generation);

#endif
