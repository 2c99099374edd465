/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * generations: the processes that have loaded an engine: their life, and who serves.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_GENERATIONS_H
#define EPOST_SCANNER_GENERATIONS_H

#include "scanner/supervisor.h"

/* Loads Bases when wanted and possible, drains, takes over, tries again: called each round. */
void generations_step(struct supervisor *supervisor, uint64_t now);

void generations_event(struct supervisor *supervisor, struct generation *generation);

/* A child ended. Returns 1 if it was a generation process. */
int generations_reaped(struct supervisor *supervisor, pid_t pid, int status);

/* Ends a generation process that does not do its work; its spare takes its place. */
void generations_break(struct supervisor *supervisor, struct generation *generation);

/* Ends a generation process and its spare: their work is done. */
void generations_kill(struct supervisor *supervisor, struct generation *generation);

/* 1 when scans are taken: an engine serves, or a new one is about to. */
int generations_can_serve(const struct supervisor *supervisor);

/* 1 when the process of that load is there to fork workers. */
int generations_can_fork(const struct supervisor *supervisor, uint64_t load);

/* Puts the state on the board. */
void generations_show(struct supervisor *supervisor);

#endif
