/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ask: asks each source that is due, and remembers what came of it.
 *
 * Threads: one, under the update lock.
 */
#ifndef EPOST_UPDATER_POLL_H
#define EPOST_UPDATER_POLL_H

#include "updater/run.h"

/* Fills offers[run->sources.count]. A source that fails has its failure in its offer and never
 * stops the others. Returns 0, or -1 and fault when the state could not be written. */
int poll_all(struct run *run, struct offer *offers, struct fault *fault);

#endif
