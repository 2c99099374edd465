/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * orphans: what an interrupted run left behind, and generations that are no
 * longer kept.
 *
 * Threads: one, under the update lock.
 */
#ifndef EPOST_UPDATER_ORPHANS_H
#define EPOST_UPDATER_ORPHANS_H

#include "updater/run.h"

/* Removes half-built and never activated generations, descriptions without one, temporary
 * directories and links, and partial downloads older than a week. The directory that Bases
 * points to is never touched. Returns 0, or -1 and fault. */
int orphans_clean(const struct run *run, struct fault *fault);

/* After a run that activated: removes all but the newest `Keep` generations (and the one that
 * serves), and downloads that are now part of one. Returns 0, or -1 and fault. */
int orphans_retire(const struct run *run, struct fault *fault);

#endif
