/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tempdir: directories for temporary files, made empty and taken away whole.
 *
 * Threads: any; one directory belongs to one process at a time.
 */
#ifndef EPOST_SCANNER_TEMPDIR_H
#define EPOST_SCANNER_TEMPDIR_H

#include <stddef.h>

#include "common/err.h"

/* Deletes all that is in the directory, without following links and without leaving its file
 * system. A directory that is not there is empty. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int tempdir_empty(const char *path, struct err *err);

/* Makes the directory (0700), or empties it if it is there and ours. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int tempdir_make(const char *path, struct err *err);

/* Makes a directory (0700) whose name begins so and cannot be taken by others before. path_r gets
 * it. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int tempdir_make_new(const char *prefix, char *path_r, size_t size,
                                      struct err *err);

/* tempdir_remove for what tempdir_make_new made. */
void tempdir_remove_new(const char *prefix);

/* Empties and removes; as much as is possible, without complaint. */
void tempdir_remove(const char *path);

/* tempdir_remove for all directories in `parent` that begin so and are ours: what was left behind
 * when everything was killed. */
void tempdir_remove_like(const char *parent, const char *prefix);

#endif
