/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * generations: which engine serves: loads, takes over, is tried again, is given up. engines.h has
 * their processes.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_GENERATIONS_H
#define EPOST_SCANNER_GENERATIONS_H

#include "scanner/state.h"

/* Loads Bases when wanted and possible, drains, takes over, tries again: called each round. */
void generations_step(struct supervisor *supervisor, uint64_t now);

void generations_event(struct supervisor *supervisor, struct generation *generation);

/* A child ended. Returns 1 if it was a generation process. */
int generations_reaped(struct supervisor *supervisor, pid_t pid, int status);

/* Puts the state on the board. */
void generations_show(struct supervisor *supervisor);

#endif
