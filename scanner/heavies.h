/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heavies: scans that have used much CPU: which of them run, and which are stopped.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_HEAVIES_H
#define EPOST_SCANNER_HEAVIES_H

#include "scanner/state.h"

/* How many scans of a load may be heavy at the same time, stopped ones included. */
unsigned heavies_max(const struct supervisor *supervisor);

/* The scan of that slot is heavy now. One too many is answered with error: busy, and its worker
 * ends. */
void heavies_begin(struct supervisor *supervisor, struct slot *slot);

/* Chooses which of them run. Called each SUPERVISOR_TICK_MS, and when one ends. */
void heavies_step(struct supervisor *supervisor, uint64_t now);

#endif
