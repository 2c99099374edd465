/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * announce: a run's result as an event record, as the service's events are: to
 * the monitor and to the destinations of the service's log, which ScannerConfig
 * names (epost_av.Events, Log, LogFormat, Node).
 *
 * Nothing waits for either; what cannot be told is no failure of an update.
 * Threads: one.
 */
#ifndef EPOST_UPDATER_ANNOUNCE_H
#define EPOST_UPDATER_ANNOUNCE_H

#include "updater/run.h"

/* Tells of a run: "update" when a new generation serves (`has_new`), then "update-failed" or
 * "update-current" by its result. Runs that asked nobody are not told of. */
void announce_run(const struct run *run, enum result result, const char *message, bool has_new);

#endif
