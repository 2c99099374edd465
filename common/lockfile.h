/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lockfile: a file that one process at a time holds, with that process's PID in it.
 *
 * A lock (flock) can be taken by everybody who can open the file, for reading too. So the file has
 * the mode 0600: no other user can keep a program from its work.
 *
 * Owner: whoever took it. Threads: one.
 */
#ifndef EPOST_COMMON_LOCKFILE_H
#define EPOST_COMMON_LOCKFILE_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/err.h"

#define LOCKFILE_UNKNOWN ((pid_t)-1)

/* Makes the file if needed and takes the lock. Waits up to one second for a holder whose process is
 * gone: a child of it may still be ending. Returns the descriptor, or -1 and err; *holder_r is then
 * the PID of the living process that holds it, LOCKFILE_UNKNOWN when it is held by another one than
 * it names, 0 after another error. */
EPOST_MUST_CHECK int lockfile_take(const char *path, pid_t *holder_r, struct err *err);

/* 1 when `path` still is the file that was locked. */
bool lockfile_is_current(const char *path, int fd);

/* Writes the PID of the calling process into it: after a fork. */
void lockfile_sign(int fd);

/* Removes the file if it is still ours, and gives the lock back. *fd becomes -1. */
void lockfile_drop(const char *path, int *fd);

#endif
