/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * state: small text files that survive kill -9 at any moment: written beside
 * their place, synced, and renamed; the directory is synced too.
 *
 * A file is lines of "key value". What a reader does not know it skips.
 *
 * Owner: whoever holds the update lock. Threads: one.
 */
#ifndef EPOST_UPDATER_STATE_H
#define EPOST_UPDATER_STATE_H

#include <stdint.h>

#include "common/buf.h"
#include "updater/result.h"

#define STATE_SIZE_MAX (1u << 20)
#define STATE_PATH_MAX 1024

/* Puts `text` in place of directory/name, all or nothing. Returns 0, or -1 and fault. */
int state_write(const char *directory, const char *name, const struct buf *text,
                struct fault *fault);

/* Calls `line` for each line of directory/name, key and value apart (value "" if there
 * is none). A file that is not there has no lines: *found_r (may be NULL) says so.
 * Returns 0, or -1 and fault. */
int state_read(const char *directory, const char *name,
               void (*line)(void *context, const char *key, char *value), void *context,
               int *found_r, struct fault *fault);

/* Flushes a directory's entries, or a file, to the disk. Returns 0, or -1 and fault. */
int state_sync_path(const char *path, struct fault *fault);

/* Makes a directory if it is not there. Returns 0, or -1 and fault. */
int state_make_directory(const char *path, struct fault *fault);

/* The number of a field, or 0 when it is none. */
uint64_t state_number(const char *text);

/* Removes a file, or a directory and what is in it (it never follows a link, and goes at most
 * four levels down). A path that is not there is no error. Returns 0, or -1 and fault. */
int state_remove(const char *path, struct fault *fault);

#endif
