/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * shared: words that a worker writes and the supervisor reads, one struct a slot, in memory that
 * the supervisor shares with all that it forks.
 *
 * Owner: the worker of the slot; the supervisor clears `memory` when that worker is gone.
 * Threads: any; each word is atomic.
 */
#ifndef EPOST_SCANNER_SHARED_H
#define EPOST_SCANNER_SHARED_H

#include <stdatomic.h>
#include <stdint.h>

struct worker_shared {
    _Atomic uint64_t verified; /* the job whose body has the SHA-256 that its request names */
    _Atomic uint32_t depends;  /* WIRE_DEPENDS_… of that job's scan so far */
    _Atomic uint64_t stable;   /* the job whose body nobody can change any more */
    _Atomic uint64_t memory;   /* bytes granted to it beside its first few: see allowance.h */
    _Atomic uint64_t replied;  /* the job whose client has its reply: DONE follows */
    _Atomic int32_t pid;       /* of the last worker of the slot */
};

#endif
