/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * engines: the processes that have loaded an engine, as the supervisor sees them: one is started,
 * is asked to fork workers and a copy of itself, and is ended. engine_process.h is what runs in it,
 * generations.h decides which one serves.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_ENGINES_H
#define EPOST_SCANNER_ENGINES_H

#include "scanner/state.h"

/* No place is taken. */
void engines_init(struct supervisor *supervisor);

/* A free place for one more, or NULL. */
struct generation *engines_free_place(struct supervisor *supervisor);

/* Makes a place free; its processes have ended. */
void engines_clear(struct supervisor *supervisor, struct generation *generation);

/* Starts a process that loads these Bases, with the settings that are proposed, or else those in
 * force: supervisor->loading. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int engines_start(struct supervisor *supervisor, const char *bases, uint64_t now,
                                   struct err *err);

/* Asks it for a worker in that slot. Returns the worker's channel, or -1. */
int engines_ask_worker(struct supervisor *supervisor, struct generation *generation,
                       struct slot *slot);

/* Asks the generation that serves for a spare if it has none. Called each round. */
void engines_ask_spare(struct supervisor *supervisor, uint64_t now);

/* 1 when scans are taken: an engine serves, or a new one is about to. Else 0. */
int engines_can_serve(const struct supervisor *supervisor);

/* Ends a generation process that does not do its work; its spare takes its place. */
void engines_break(struct supervisor *supervisor, struct generation *generation);

/* Ends a generation process and its spare: their work is done. */
void engines_kill(struct supervisor *supervisor, struct generation *generation);

#endif
