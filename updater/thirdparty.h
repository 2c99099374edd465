/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * thirdparty: asks a source of plain files at fixed addresses, with
 * conditional GETs. Nothing is signed there: the transport, the list of allowed
 * endings, the size and the test-load are all that guards it.
 *
 * Threads: one.
 */
#ifndef EPOST_UPDATER_THIRDPARTY_H
#define EPOST_UPDATER_THIRDPARTY_H

#include "updater/run.h"

/* Asks. Returns 0 with offer->result UPDATED or CURRENT, or -1 and fault when nothing could be
 * had. If some files failed, the old ones stay in the set and offer->message tells. */
int thirdparty_ask(struct run *run, const struct source *source, struct record *record,
                   struct offer *offer, struct fault *fault);

#endif
