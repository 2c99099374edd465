/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * drain: gives the engine up that serves, where memory does not suffice for two.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_DRAIN_H
#define EPOST_SCANNER_DRAIN_H

#include "scanner/state.h"

/* 1, and a line in the log, when there is no room for another engine beside the one that serves. */
int drain_is_needed(struct supervisor *supervisor);

/* Gives the serving generation up; drain_step, called until drain_until_ns is 0, ends it and
 * then asks for the reload. */
void drain_begin(struct supervisor *supervisor, uint64_t now);
void drain_step(struct supervisor *supervisor, uint64_t now);

#endif
