/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * workers: what the processes that scan say, and their end. slots.h has the processes.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_WORKERS_H
#define EPOST_SCANNER_WORKERS_H

#include "scanner/state.h"

/* A worker's channel has something, or is at its end. */
void workers_event(struct supervisor *supervisor, struct slot *slot);

/* A child ended. Returns 1 if it was a worker. */
int workers_reaped(struct supervisor *supervisor, pid_t pid, int status);

#endif
