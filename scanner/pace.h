/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pace: how much CPU a process takes that loads signatures beside an engine that serves.
 *
 * An unprivileged process that has lowered its priority cannot raise it again: under load it would
 * then load for minutes. So it keeps its priority, and gives time away itself: while others wait
 * for the CPU it sleeps often enough to take PACE_SHARE of one core and no more. Time that it was
 * due and did not get is made up for. With a core to itself it never sleeps.
 *
 * The kernel's fair share of one process among many is less than that. Where it groups processes by
 * their session (autogroup), the session of its own that a generation process has is a group's
 * share.
 *
 * Owner: the generation process, while it loads. Threads: the one that loads is the only one.
 */
#ifndef EPOST_SCANNER_PACE_H
#define EPOST_SCANNER_PACE_H

#include <stdint.h>

#define PACE_SHARE 33 /* percent of one core while others wait */

/* From now on, until pace_end. A process that cannot be paced loads at its priority. */
void pace_begin(void);
void pace_end(void);

/* How many ns to sleep after `wall` ns, pauses included, in which the process ran for `used` ns and
 * waited for a CPU for `waited` ns. 0: not. *saved is the CPU time that it did not get so far, in
 * ns; 0 at the beginning. */
uint64_t pace_sleep(int64_t *saved, uint64_t wall, uint64_t used, uint64_t waited);

#endif
