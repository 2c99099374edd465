/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tempdir: folders for temporary files, made empty and taken away whole.
 *
 * Threads: any; one folder belongs to one process at a time.
 */
#ifndef EPOST_SCANNER_TEMPDIR_H
#define EPOST_SCANNER_TEMPDIR_H

#include <stddef.h>

#include "common/err.h"

/* Deletes all that is in the folder, without following links and without leaving its file
 * system. A folder that is not there is empty. Returns 0, or -1 and err. */
int tempdir_empty(const char *path, struct err *err);

/* Makes the folder (0700), or empties it if it is there and ours. Returns 0, or -1 and err. */
int tempdir_make(const char *path, struct err *err);

/* Makes a folder (0700) whose name begins so and cannot be taken by others before. path_r gets it.
 * Returns 0, or -1 and err. */
int tempdir_make_new(const char *prefix, char *path_r, size_t size, struct err *err);

/* tempdir_remove for what tempdir_make_new made. */
void tempdir_remove_new(const char *prefix);

/* Empties and removes; as much as is possible, without complaint. */
void tempdir_remove(const char *path);

/* tempdir_remove for all folders in `parent` that begin so and are ours: what was left behind
 * when everything was killed. */
void tempdir_remove_like(const char *parent, const char *prefix);

#endif
