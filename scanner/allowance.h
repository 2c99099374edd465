/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * allowance: how much memory a worker may have.
 *
 * Everything that a scan allocates is writable memory of its process, buffers of unpacked data
 * included, and RLIMIT_DATA counts that. A worker begins with room for a usual scan. When an
 * allocation fails, the limit grows step by step, up to WorkerMemory, and only as long as all
 * workers together stay below ScanMemory. A refusal is remembered: what comes of it (a failure, an
 * abort, a fault) is a limit of the scan and no crash.
 *
 * Owner: the worker. Threads: one; the shared words are written by the worker of their slot, and
 * cleared by the supervisor when that worker is gone.
 */
#ifndef EPOST_SCANNER_ALLOWANCE_H
#define EPOST_SCANNER_ALLOWANCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

struct worker_shared;

struct allowance_limits {
    uint64_t base; /* bytes of writable memory of a worker that scans nothing */
    uint64_t room; /* bytes that it may add without asking; they count all the same */
    uint64_t most; /* bytes that one worker may add in all */
    uint64_t sum;  /* bytes that all workers together may add */
};

/* Sets RLIMIT_DATA of this process. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int allowance_begin(const struct allowance_limits *limits,
                                     struct worker_shared *shared, unsigned slot, struct err *err);

/* Around each scan: forgets refusals; gives back what was granted. */
void allowance_scan_begins(void);
void allowance_scan_ended(void);

/* An allocation of that size failed: true when there is more room now, so that it is worth another
 * try. May wait some seconds for scans that have more to end. */
bool allowance_more(size_t bytes);

/* Which limit has refused memory to this scan, in words, or NULL: none. */
const char *allowance_refusal(void);

#endif
