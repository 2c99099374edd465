/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * worker: a process that scans one body at a time with the engine it inherited.
 *
 * It gets a client's connection from the supervisor, receives the request from
 * it, scans, replies on it, and sends the supervisor a copy of the reply. All
 * hostile bytes are parsed here and nowhere else.
 *
 * Threads: one.
 */
#ifndef EPOST_SCANNER_WORKER_H
#define EPOST_SCANNER_WORKER_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/board.h"
#include "engine/clam.h"
#include "common/scannerconf.h"
#include "scanner/sandbox.h"

/* One a slot, in memory that the supervisor shares with all that it forks. */
struct worker_shared {
    _Atomic uint64_t verified; /* the job whose body has the SHA-256 that its request names */
    _Atomic uint32_t depends;  /* WIRE_DEPENDS_… of that job's scan so far */
    _Atomic uint64_t stable;   /* the job whose body nobody can change any more */
    _Atomic uint64_t memory;   /* bytes granted to it beside its first few: see allowance.h */
    _Atomic uint64_t replied;  /* the job whose client has its reply: DONE follows */
    _Atomic int32_t pid;       /* of the last worker of the slot */
};

struct worker_start {
    struct clam *clam;
    const struct scanner_settings *settings;
    const struct sandbox *sandbox;
    const struct board_generation *generation;
    struct worker_shared *shared; /* of all slots */
    int channel;
    unsigned slot;
};

/* Runs until the channel ends or the worker has served its time. */
_Noreturn void worker_main(const struct worker_start *start);

#endif
