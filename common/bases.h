/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bases: the layout of the Bases directory on disk.
 *
 *     Bases            relative symlink to .bases/gen-N, or (before the first
 *                      update) a plain directory of signature files
 *     .bases/gen-N/    one generation: signature files, and nothing else
 *     .bases/gen-N.lock  locked shared by whoever reads generation N, locked
 *                      exclusively by the updater before it deletes it. Locks of
 *                      an open file (F_OFD_SETLK): the exclusive one needs the
 *                      right to write, so that no local user can keep a
 *                      generation from being read
 *
 * Activation is one rename of the link. A reader resolves the link once and
 * works with the descriptor and path it got; it never follows the link again.
 *
 * Owner: the updater writes, everyone else reads.
 * Threads: functions are independent; a struct bases belongs to one thread.
 */
#ifndef EPOST_COMMON_BASES_H
#define EPOST_COMMON_BASES_H

#include <stdint.h>

#include "common/err.h"
#include "common/wire.h"

#define BASES_PATH_MAX  512
#define BASES_FILES_MAX 1024         /* files in a generation */
#define BASES_FILE_MAX  (4ull << 30) /* bytes of one file */
#define BASES_STORE     ".bases"     /* beside the link */

struct bases {
    char path[BASES_PATH_MAX]; /* the resolved directory, absolute */
    uint64_t number;           /* N of gen-N, 0 for a plain directory */
    int lock_fd;               /* shared lock, -1 for a plain directory */
};

/* Resolves `link` once and takes the shared lock (retrying a few times if the
 * updater switched and deleted in between). Returns 0, or -1 and err that says
 * what to do ("run epost-autoupdate"). Release with bases_close. */
EPOST_MUST_CHECK int bases_open(struct bases *bases, const char *link, struct err *err);

/* Takes the lock of a generation's lock file at once: F_RDLCK, or F_WRLCK on a descriptor that is
 * open for writing. Returns 0, or -1 and errno: somebody else has it. */
int bases_lock(int fd, int type);

/* Drops the lock; harmless on one that is closed. */
void bases_close(struct bases *bases);

/* 1 if libclamav loads files of that name ("daily.cvd", "x.ndb"), else 0. */
int bases_is_signature_file(const char *name);

/* SHA-256 over the sorted names and contents of the signature files of a
 * directory, cut to WIRE_SET_ID bytes; also counts them. The same set has the
 * same id on every machine. Returns 0, or -1 and err (no signature file,
 * unreadable, over a ceiling). */
EPOST_MUST_CHECK int bases_digest(const char *path, uint8_t set_id[WIRE_SET_ID], unsigned *files_r,
                                  struct err *err);

/* A number that changes when anything in the directory that `link` leads to changes: its place, and
 * names, sizes, times and inodes of its signature files. Cheap: nothing is read. Returns 0; or -1
 * and err when there is none, or when a file is so new that one more change might not show. */
EPOST_MUST_CHECK int bases_stamp(const char *link, uint64_t *stamp_r, struct err *err);

/* The same, or 0: not known. */
uint64_t bases_stamp_known(const char *link);

#endif
