/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * status: how updates are going, for people and (JSON) for monitoring. Changes
 * nothing and needs no lock.
 *
 * Threads: one.
 */
#ifndef EPOST_UPDATER_STATUS_H
#define EPOST_UPDATER_STATUS_H

#include "updater/run.h"

/* Prints to standard output. Returns 0 (RESULT_UPDATED) when all is well, STALE or ALARM when
 * signatures are old, the last run's result when that was a failure, CONFIG when nothing could be
 * read. */
enum result status_print(struct run *run, int json);

#endif
