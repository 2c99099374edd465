/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * slots: the processes that scan: one slot each, from the fork to the end. workers.h has what they
 * say.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_SLOTS_H
#define EPOST_SCANNER_SLOTS_H

#include "scanner/state.h"

/* No slot is taken. */
void slots_init(struct supervisor *supervisor);

/* The number of a slot, which is its place on the board. */
unsigned slots_number(const struct supervisor *supervisor, const struct slot *slot);

void slots_set_state(struct supervisor *supervisor, struct slot *slot,
                     enum board_worker_state state);

/* Asks the serving generation, or one about to take over, for as many as are wanted. Called each
 * SUPERVISOR_TICK_MS, and at the end of a round that needs workers. */
void slots_replenish(struct supervisor *supervisor, uint64_t now);

/* An idle worker of the serving generation that may take a job now, or NULL. */
struct slot *slots_idle(const struct supervisor *supervisor, int *large_too_r);

/* How many jobs could be handed over now. */
unsigned slots_room(const struct supervisor *supervisor);

/* Hands over the job and a connection. Returns 0, or -1 when the worker turned out dead. */
EPOST_MUST_CHECK int slots_start(struct supervisor *supervisor, struct slot *slot, struct job *job,
                                 int connection, uint32_t queued_us);

/* A worker has reported the end of its scan: it waits for the next one; or is let go, when it says
 * (`flags` of CHANNEL_DONE) that it leaves, or is to be replaced. */
void slots_finish(struct supervisor *supervisor, struct slot *slot, uint32_t flags);

/* Takes priority from a worker that has not lost it yet, as if it had used HeavyAfter. */
void slots_lower(struct supervisor *supervisor, struct slot *slot);

/* Stops a worker for others; lets one go on that is stopped, harmless on others. */
void slots_stop(struct slot *slot, uint64_t now);
void slots_go_on(struct slot *slot);

/* Ends it now, whatever it does; its job has been taken from it before. */
void slots_kill(struct supervisor *supervisor, struct slot *slot);

/* Lets idle ones of other loads go; busy ones when they are done (slots_finish sees to it). */
void slots_retire(struct supervisor *supervisor, uint64_t load);

/* How many of a load are alive, idle, busy; of the busy ones, how many are heavy (those in the
 * background aside), and how many in the background. */
struct slots_count {
    unsigned alive, idle, busy, heavy, kept;
};
void slots_count(const struct supervisor *supervisor, uint64_t load, struct slots_count *count);

/* 1 if a process of that load is left, dying ones included. */
int slots_left(const struct supervisor *supervisor, uint64_t load);

#endif
