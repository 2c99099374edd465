/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * background: scans that outlast their clients, so that who asks again gets a verdict.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_BACKGROUND_H
#define EPOST_SCANNER_BACKGROUND_H

#include "scanner/state.h"

/* The time of a connection that waits is over: it leaves. Returns the reason for its reply:
 * REASON_PENDING when its scan goes on in the background, else REASON_TIMEOUT. */
enum reason background_overdue(struct supervisor *supervisor, struct connection *connection);

/* Ends jobs that are past their limit, and kept ones that nobody waits for whose engine goes.
 * Called each SUPERVISOR_TICK_MS. */
void background_step(struct supervisor *supervisor, uint64_t now);

#endif
