/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * update: the steps of a run, in order.
 *
 *     lock → clean orphans → room on disk → [each source: mirror → index →
 *     verify → parse → fetch] → build → test-load → publish → activate →
 *     reload → confirm → retire old generations
 *
 * Threads: one.
 */
#ifndef EPOST_UPDATER_UPDATE_H
#define EPOST_UPDATER_UPDATE_H

#include "updater/run.h"

/* A whole update (or, with run->check, only what would be done). run->settings, sources and the
 * flags are set; the rest is filled here. Returns the result of the run; it has been told and
 * logged. */
enum result update_run(struct run *run);

/* Goes back to generation `number` (0: the one before). Returns the result. */
enum result update_rollback(struct run *run, uint64_t number);

/* The oldest a required source's signatures are, in seconds; 0 when none has any yet. */
int64_t update_age(const struct run *run);

/* Raises a harmless result to STALE or ALARM when signatures are too old. */
enum result update_raise(const struct run *run, enum result result);

/* Loads current generation and records. Returns 0, or -1 and fault. */
int update_load(struct run *run, struct fault *fault);

void update_release(struct run *run);

#endif
