/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * child: work that may crash, hang or eat memory, in a process of its own with
 * limits and a deadline. It dies with its parent.
 *
 * Threads: one; the parent must have no threads that hold locks.
 */
#ifndef EPOST_UPDATER_CHILD_H
#define EPOST_UPDATER_CHILD_H

#include <stddef.h>
#include <stdint.h>

#include "updater/result.h"

struct child_limits {
    uint64_t deadline_ms;   /* CLOCK_MONOTONIC */
    uint64_t address_space; /* bytes, 0: no limit */
    uint64_t file_size;     /* bytes of a file that it writes, 0: no limit */
    int no_network;         /* cut it off, where the kernel lets us */
    const char *output;     /* file for its standard output and error; NULL: nowhere */
};

/* Runs `work` in a child, which fills report[size]; it is copied here when it is complete.
 * Returns 0; or -1 and a fault that says what became of the child (killed at the deadline, by a
 * limit, crashed, ended without a report), result RESULT_FAILED. */
int child_run(const struct child_limits *limits, void (*work)(void *context, void *report),
              void *context, void *report, size_t size, struct fault *fault);

#endif
