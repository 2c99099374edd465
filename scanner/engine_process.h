/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * generation: the process that loads and compiles one generation of Bases and
 * then forks workers that share it, whenever the supervisor asks.
 *
 * Loading beside a serving generation stands aside for scans: see pace.h.
 *
 * A worker is forked twice, so that it outlives this process. Process and workers outlive the
 * supervisor too: another one takes them over. They end when their channel ends, that is, when
 * supervisor and guardian are gone. A copy of this process waits to take its place: see spare.h.
 *
 * Threads: one.
 */
#ifndef EPOST_SCANNER_ENGINE_PROCESS_H
#define EPOST_SCANNER_ENGINE_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

#include "common/scannerconf.h"
#include "scanner/worker.h"

struct engine_process_start {
    const struct scanner_settings *settings;
    const char *bases;    /* the link, or the directory of a generation that served before */
    const char *fallback; /* for temporary files where no tmpfs can be mounted */
    uint64_t number;      /* for directories that have none of their own */
    int is_beside;        /* another engine serves */
    int channel;          /* to the supervisor */
    struct worker_shared *shared; /* of all slots */
};

/* Loads, tells the supervisor, serves its requests until the channel ends. */
_Noreturn void engine_process_main(const struct engine_process_start *start);

#endif
