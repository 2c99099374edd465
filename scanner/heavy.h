/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heavy: a scan that has used a certain CPU time goes on at lower priority, so
 * that the kernel lets light ones pass. One of a large body has it from its begin:
 * many of them that come at once would take most of the CPU until each is heavy.
 *
 * A timer on the CPU time of the process does it, so a scan that waits for the
 * CPU does not count. An unprivileged process cannot raise its priority again,
 * but a priority is a thread's: see turns.h.
 *
 * Owner: the worker. Threads: the one that scans; the work is done in a signal
 * handler with async-signal-safe calls.
 */
#ifndef EPOST_SCANNER_HEAVY_H
#define EPOST_SCANNER_HEAVY_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

#define HEAVY_SIGNAL SIGALRM /* also the supervisor's, for a scan that is to go on so */

/* Makes the timer. after_ms 0: never heavy by itself. channel is told with CHANNEL_HEAVY. 0 or
 * -1. */
EPOST_MUST_CHECK int heavy_init(int64_t after_ms, int64_t nice_by, int channel, struct err *err);

/* A scan begins, in a thread whose priority nobody lowered, or ends. */
void heavy_start(uint64_t job, bool is_large);
void heavy_stop(void);

/* True when the scan that began last has used that time, or had to go on as if. */
bool heavy_happened(void);

/* True when it has, or had at its end, a lower priority: this thread stays there. */
bool heavy_is_lowered(void);

#endif
