/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * guardian: a small process beside the supervisor. It holds the listening socket and a copy of the
 * supervisor's end of each channel, and parses nothing. When the supervisor dies the guardian forks
 * another one at once, which finds engine, workers and waiting clients as they were: see inherit.h.
 * When the guardian dies, the supervisor forks another one.
 *
 * The first process becomes the guardian, the supervisor is its child.
 *
 * Owner: the process's main. Threads: one.
 */
#ifndef EPOST_SCANNER_GUARDIAN_H
#define EPOST_SCANNER_GUARDIAN_H

#include "scanner/state.h"

/* Runs a supervisor to its end. Returns the exit status. */
typedef int guardian_serve(struct supervisor *supervisor);

/* Forks. Returns 0 in the child, which is the supervisor; the calling process is the guardian, and
 * exits when the supervisor has ended on purpose, with its status. Supervisors that follow are run
 * by `serve`. Returns -1 and err when it cannot fork. */
EPOST_MUST_CHECK int guardian_split(struct supervisor *supervisor, guardian_serve *serve,
                                    struct err *err);

/* Registers the guardian with the loop. */
void guardian_watch(struct supervisor *supervisor);

/* The guardian's socket is readable: it is gone, and another one is forked. */
void guardian_event(struct supervisor *supervisor);

/* Continues a guardian that was stopped; makes one where there is none. Called each
 * SUPERVISOR_TICK_MS. */
void guardian_step(struct supervisor *supervisor, uint64_t now);

/* Continues the guardian, whether or not it is stopped: it ends when the supervisor does. The last
 * act of a supervisor that ends on purpose. */
void guardian_release(void);

#endif
