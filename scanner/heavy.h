/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heavy: a scan that has used a certain CPU time goes on at lower priority, so
 * that the kernel lets light ones pass.
 *
 * A timer on the CPU time of the process does it, so a scan that waits for the
 * CPU does not count. An unprivileged process cannot raise its priority again:
 * a worker that went heavy finishes its scan and is replaced by a fresh one.
 *
 * Owner: the worker. Threads: the worker's only one; the work is done in a
 * signal handler with async-signal-safe calls.
 */
#ifndef EPOST_SCANNER_HEAVY_H
#define EPOST_SCANNER_HEAVY_H

#include <stdint.h>

#include "common/err.h"

/* Makes the timer. after_ms 0: never heavy. channel is told with CHANNEL_HEAVY. 0 or -1. */
EPOST_MUST_CHECK int heavy_init(int64_t after_ms, int64_t nice_by, int channel, struct err *err);

/* A scan begins, or ends. */
void heavy_start(uint64_t job);
void heavy_stop(void);

/* 1 when this process runs at lower priority for good, else 0. */
int heavy_happened(void);

#endif
