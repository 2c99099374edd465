/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * content: bytes by their hash: where on this disk they already are.
 *
 * Threads: one, under the update lock.
 */
#ifndef EPOST_UPDATER_CONTENT_H
#define EPOST_UPDATER_CONTENT_H

#include "updater/generation_dir.h"

/* Finds a file with that size and hash among what was fetched and in the generation `in` (may
 * be empty), and reads it to be sure. Returns 1 and its path, or 0. */
int content_find(const struct store *store, const struct index_file *file,
                 const struct generation *in, char path[STATE_PATH_MAX]);

/* Checks a finished download, flushes it to the disk and gives it its hash for a name. *same_r is
 * 0, and the file gone, when size or hash are not the wanted ones. Returns 0, or -1 and fault. */
int content_accept(const struct store *store, const char *part, const struct index_file *file,
                   int *same_r, struct fault *fault);

/* The same for a file whose hash nobody knew before: fills size and sha256 of *file. */
int content_adopt(const struct store *store, const char *part, struct index_file *file,
                  struct fault *fault);

#endif
