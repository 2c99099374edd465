/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * resume: the validator (ETag) of a download that was cut off, kept beside it
 * with the address it came from, so that the same server can be asked whether
 * the rest still belongs to it.
 *
 * Threads: one, under the update lock.
 */
#ifndef EPOST_UPDATER_RESUME_H
#define EPOST_UPDATER_RESUME_H

#include "updater/fetch.h"

/* Reads what belongs to the partial file `part` if it came from `base`; else etag is "". */
void resume_read(const char *part, const char *base, char etag[FETCH_TAG_MAX]);

/* Remembers it; an empty etag forgets. A loss costs a download, nothing else. */
void resume_write(const char *part, const char *base, const char *etag);

#endif
