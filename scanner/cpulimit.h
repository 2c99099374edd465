/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpulimit: the CPU time that a scan may use.
 *
 * Libraries have loops that no clock of theirs ends, and small inputs that keep them busy for
 * minutes. A scan has MaxScanCpu, and more for a large body, and for what is unpacked from it up to
 * a certain ratio. Only CPU time counts, so that a scan that waits for others loses nothing.
 * MaxScanTime is the ceiling for a body of any size, since a scan uses one core.
 *
 * Owner: the worker. Threads: the worker's only one; the work is done in a signal handler.
 */
#ifndef EPOST_SCANNER_CPULIMIT_H
#define EPOST_SCANNER_CPULIMIT_H

#include <stdint.h>

#include "common/err.h"

/* ms of CPU for a body of that many bytes of which `seen` bytes were looked at so far, those of all
 * layers together. */
uint64_t cpulimit_allowed(int64_t base_ms, uint64_t length, uint64_t seen);

/* Makes the timer. `over` is called in a signal handler and does not return; `seen` returns bytes.
 * Returns 0, or -1 and err. */
EPOST_MUST_CHECK int cpulimit_init(int64_t base_ms, void (*over)(void), uint64_t (*seen)(void),
                                   struct err *err);

/* A scan of so many bytes begins, or ends. */
void cpulimit_start(uint64_t length);
void cpulimit_stop(void);

#endif
