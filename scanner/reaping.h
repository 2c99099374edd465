/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reaping: processes that have ended are told to the file that they belong to.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_REAPING_H
#define EPOST_SCANNER_REAPING_H

#include "scanner/state.h"

/* SIGCHLD: some of our children have ended. */
void reaping_children(struct supervisor *supervisor);

/* A pidfd is readable. */
void reaping_event(struct supervisor *supervisor, struct ending *ending);

/* Finds processes that have ended without an event, and continues generation processes that were
 * stopped. Called each SUPERVISOR_TICK_MS. */
void reaping_step(struct supervisor *supervisor);

#endif
