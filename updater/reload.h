/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reload: tells the scanner that Bases changed, and waits until it serves the
 * new generation.
 *
 * Told is c-icap, through its control pipe (never blocking on one that nobody
 * reads), or the scanner itself through its socket. Believed is only the board.
 * Threads: one.
 */
#ifndef EPOST_UPDATER_RELOAD_H
#define EPOST_UPDATER_RELOAD_H

#include "updater/run.h"

/* Makes the scanner serve generation `number`, to which Bases points already. Returns 1 when the
 * board confirms it; 0 when no scanner of this Bases runs (the next one to start will); -1 and
 * fault (RESULT_UNCONFIRMED) when it refused the generation, died, or did not take it in time. */
int reload_confirmed(const struct run *run, uint64_t number, struct fault *fault);

#endif
