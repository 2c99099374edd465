/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * workers: the processes that scan: their slots, from the fork to the end.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_WORKERS_H
#define EPOST_SCANNER_WORKERS_H

#include "scanner/supervisor.h"

void workers_init(struct supervisor *supervisor);

/* Asks the serving generation, or one about to take over, for as many as are wanted. */
void workers_replenish(struct supervisor *supervisor, uint64_t now);

/* A worker's channel has something, or is at its end. */
void workers_event(struct supervisor *supervisor, struct slot *slot);

/* A child ended. Returns 1 if it was a worker. */
int workers_reaped(struct supervisor *supervisor, pid_t pid, int status);

/* An idle worker of the serving generation that may take a job now, or NULL. */
struct slot *workers_idle(struct supervisor *supervisor, int *large_too_r);

/* Hands over the job and a connection. Returns 0, or -1 when the worker turned out dead. */
int workers_start(struct supervisor *supervisor, struct slot *slot, struct job *job, int connection,
                  uint32_t queued_us);

void workers_set_state(struct supervisor *supervisor, struct slot *slot,
                       enum board_worker_state state);

/* Takes priority from a worker that has not lost it yet, as if it had used HeavyAfter. */
void workers_lower(struct supervisor *supervisor, struct slot *slot);

/* Ends it now, whatever it does; its job has been taken from it before. */
void workers_kill(struct supervisor *supervisor, struct slot *slot);

/* Lets idle ones of other loads go; busy ones when they are done (jobs_done sees to it). */
void workers_retire(struct supervisor *supervisor, uint64_t load);

/* How many of a load are alive, idle, busy; of the busy ones, how many are heavy (those in the
 * background aside), and how many in the background. */
struct workers_count {
    unsigned alive, idle, busy, heavy, kept;
};
void workers_count(const struct supervisor *supervisor, uint64_t load, struct workers_count *count);

/* 1 if a process of that load is left, dying ones included. */
int workers_left(const struct supervisor *supervisor, uint64_t load);

#endif
