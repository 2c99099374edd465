/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * background: scans that outlast their clients, so that who asks again gets a verdict.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_BACKGROUND_H
#define EPOST_SCANNER_BACKGROUND_H

#include "scanner/supervisor.h"

/* Keeps a running job for clients that will ask again. Returns 1 when it is kept, by this call or
 * an earlier one; 0 when its verdict could not be remembered, or all places are taken: there is
 * one a core, so that pages keep the rest. */
int background_keep(struct supervisor *supervisor, struct job *job);

/* A kept job ends, or begins anew. Harmless on others. */
void background_release(struct supervisor *supervisor, struct job *job);

/* Ends jobs that are past their limit, and kept ones that nobody waits for whose engine goes.
 * Called each SUPERVISOR_TICK_MS. */
void background_step(struct supervisor *supervisor, uint64_t now);

#endif
