/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pace: how much CPU a process takes that loads signatures beside an engine that serves.
 *
 * An unprivileged process that has lowered its priority cannot raise it again: under load it would
 * then load for minutes. So it keeps its priority, which gives it its fair share however many scans
 * run, and gives time away itself: while others wait for the CPU it sleeps often enough to take
 * PACE_SHARE of one core and no more. With a core to itself it never sleeps.
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

/* How long to sleep after `wall` ns in which the process ran for `used` ns and waited for a CPU for
 * `waited` ns. 0: not. */
uint64_t pace_sleep(uint64_t wall, uint64_t used, uint64_t waited);

#endif
