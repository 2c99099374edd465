/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * activate: switches the Bases link, and takes old installations over.
 *
 * Every change is one rename; before and after it Bases loads.
 * Threads: one, under the update lock.
 */
#ifndef EPOST_UPDATER_ACTIVATE_H
#define EPOST_UPDATER_ACTIVATE_H

#include "updater/run.h"

/* Points Bases to generation `number`. Returns 0, or -1 and fault. */
int activate_switch(const struct store *store, uint64_t number, struct fault *fault);

/* A plain directory Bases becomes a generation (renameat2, RENAME_EXCHANGE), all its files local. A
 * link that is none of ours is refused. Returns 0, or -1 and fault. */
int activate_take_over(struct run *run, struct fault *fault);

/* Offers the signature files of the old directory `data` beside Bases, which Bases does not have
 * yet, once. Returns 1 with *set filled (current local files included), 0 when there is nothing to
 * import, or -1 and fault. */
int activate_import(struct run *run, struct set *set, struct fault *fault);

/* Remembers that the import is done with. Returns 0, or -1 and fault. */
int activate_imported(const struct store *store, struct fault *fault);

#endif
