/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spare: a copy of the generation process of the engine that serves. It was forked when that
 * process had loaded, shares its memory, and waits. When the generation process is killed the
 * spare takes its place: nothing is loaded again, and no second engine is in memory.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_SPARE_H
#define EPOST_SCANNER_SPARE_H

#include "scanner/supervisor.h"

/* Nothing is there. */
void spare_init(struct spare *spare);

/* Asks the generation that serves for a spare if it has none. Called each round. */
void spare_step(struct supervisor *supervisor, uint64_t now);

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
