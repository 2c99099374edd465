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

#include <stdint.h>
#include <sys/types.h>

#include "common/board.h"
#include "engine/clam.h"
#include "common/scannerconf.h"
#include "scanner/sandbox.h"
#include "scanner/shared.h"

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
