/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * notifyprogram: a program that is given a notification on standard input.
 *
 * No shell, no arguments, a fixed environment: nothing of an event can become a
 * command. It has a session of its own, all of which ends at the deadline.
 *
 * Owner: the notifier. Threads: one.
 */
#ifndef EPOST_OPERATE_NOTIFYPROGRAM_H
#define EPOST_OPERATE_NOTIFYPROGRAM_H

#include <sys/types.h>

#include "operate/notifyrules.h"
#include "operate/notifyslot.h"

struct notifyprogram {
    pid_t pid;       /* 0: none runs */
    int fd;          /* of the process: readable when it has ended */
    uint64_t end_ms; /* the deadline, by the caller's clock */
};

/* Starts the program of the target, with the content as standard input. Returns 0, or -1 and err.
 */
EPOST_MUST_CHECK int notifyprogram_start(struct notifyprogram *program,
                                         const struct notifyrules_target *target,
                                         const struct buf *content, uint64_t now_ms,
                                         struct err *err);

/* True when it has ended or was ended at its deadline: then *outcome_r says what came of it, and
 * err why it failed. */
EPOST_MUST_CHECK bool notifyprogram_is_over(struct notifyprogram *program, uint64_t now_ms,
                                            enum notifyslot_outcome *outcome_r, struct err *err);

/* Ends it at once. */
void notifyprogram_kill(struct notifyprogram *program);

#endif
