/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ending: the supervisor is told of the end of workers and generation processes by pidfd, since a
 * supervisor that has taken over is not their parent.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_ENDING_H
#define EPOST_SCANNER_ENDING_H

#include "scanner/state.h"

/* Watches that process; an earlier one is forgotten. When it cannot be watched,
 * ending_is_missed finds out. */
void ending_watch(struct supervisor *supervisor, struct ending *ending, pid_t pid);

/* Forgets it. Harmless when nothing is watched. */
void ending_drop(struct supervisor *supervisor, struct ending *ending);

/* The pidfd is readable: reaps the process if it is our child. Returns its PID, and its status as
 * of waitpid (0 unknown); 0 when it has not ended. */
pid_t ending_event(struct supervisor *supervisor, struct ending *ending, int *status_r);

/* 1 when that process has ended without an event: its end could not be watched. Else 0. */
int ending_is_missed(const struct ending *ending, pid_t pid);

/* Continues a process that somebody has stopped, and says so in the log. Returns 1 if it did. */
int ending_continue(pid_t pid, const char *name);

#endif
