/* SPDX-License-Identifier: GPL-2.0-or-later */
/* walk: the regular files below a directory. Threads: one. */
#ifndef EPOST_KASP_WALK_H
#define EPOST_KASP_WALK_H

/* Calls `file` for each regular file below the directory, sorted by name; links are not followed,
 * other kinds of files are left out. Calls `failed` for a directory that cannot be read.
 * Returns 0, or -1 when the directory itself cannot be looked at (failed was called). */
int walk_files(const char *directory, void (*file)(void *data, const char *path),
               void (*failed)(void *data, const char *path, int error), void *data);

#endif
