/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * manifest: asks a source of mirrors with a signed index.
 *
 * One mirror is drawn; where it fails another takes over, in the middle of the
 * work too: the index is kept, what was fetched is kept, and every byte is
 * checked against the signed list, so it does not matter who sent it.
 *
 * Threads: one.
 */
#ifndef EPOST_UPDATER_MANIFEST_H
#define EPOST_UPDATER_MANIFEST_H

#include "updater/run.h"

/* Asks. Returns 0 with offer->result UPDATED or CURRENT, or -1 and fault. The record
 * learns what was seen and how the mirrors are; the caller saves it. */
int manifest_ask(struct run *run, const struct source *source, struct record *record,
                 struct offer *offer, struct fault *fault);

#endif
