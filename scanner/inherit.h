/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inherit: a new supervisor takes over what a killed one has left: settings, engine, workers.
 *
 * Scans that run go on: their workers reply to their clients themselves. Requests that only the
 * killed supervisor knew are lost; their clients see the end of their connection.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_INHERIT_H
#define EPOST_SCANNER_INHERIT_H

#include "scanner/state.h"

/* Releases what belonged to one supervisor's life alone, in a process forked from it. */
void inherit_forget(struct supervisor *supervisor);

/* Makes *supervisor that of a new life. `parked`: descriptors by PARKING_… place, -1 none. Returns
 * 0, or -1 and err. */
EPOST_MUST_CHECK int inherit_begin(struct supervisor *supervisor, const int *parked,
                                   struct err *err);

/* Registers what was inherited with the loop. */
void inherit_watch(struct supervisor *supervisor);

/* Ends inherited scans that are past their time. Called each SUPERVISOR_TICK_MS. */
void inherit_step(struct supervisor *supervisor, uint64_t now);

#endif
