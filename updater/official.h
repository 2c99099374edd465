/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * official: asks ClamAV's own servers, or a private mirror of them, the way
 * they want to be asked: by libfreshclam, in a child process.
 *
 * The child works in a directory of hard links to what serves; libfreshclam only
 * renames and unlinks there, so the serving files are never touched. The result
 * is read from the databases' headers, not from its return codes, which
 * call a cool-down a success.
 *
 * Threads: one.
 */
#ifndef EPOST_UPDATER_OFFICIAL_H
#define EPOST_UPDATER_OFFICIAL_H

#include "updater/run.h"

/* Asks. Returns 0 with offer->result UPDATED or CURRENT, or -1 and fault. If only some of the
 * databases came, offer->message tells. */
int official_ask(struct run *run, const struct source *source, struct record *record,
                 struct offer *offer, struct fault *fault);

/* When the servers want to be asked again, from the bytes of a freshclam.dat; 0 when it
 * does not say, or is not of the known format. */
int64_t official_retry_after(const void *data, size_t length);

#endif
