/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mirrordir: a mirror directory (doc/mirror-format.md), made, refreshed, checked.
 *
 * Beside what readers see, the directory holds `.lock` (one writer at a time) and
 * `.serial` (the highest serial ever taken, written before it is used, so that
 * a writer that was killed never gives one number to two indexes).
 *
 * Owner: epost-mkmirror. Threads: one.
 */
#ifndef EPOST_UPDATER_MKMIRROR_MIRRORDIR_H
#define EPOST_UPDATER_MKMIRROR_MIRRORDIR_H

#include <stdint.h>

#include "common/err.h"
#include "updater/index.h"
#include "updater/minisig.h"
#include "updater/mkmirror/objects.h"

struct mirrordir {
    char *path;  /* the mirror directory, owned */
    int lock_fd; /* held exclusively while open for writing */
    struct objects objects;
};

#define MIRRORDIR_INIT                                                                             \
    {                                                                                              \
        .lock_fd = -1, .objects = OBJECTS_INIT                                                     \
    }

struct mirrordir_report {
    uint64_t serial;
    int64_t expires; /* Unix seconds */
    uint64_t bytes;  /* of all files together */
    unsigned files;
    unsigned added;   /* objects that were not there */
    unsigned deleted; /* objects that nobody needs any more */
    unsigned skipped; /* entries of the source that are no signature files */
};

/* Opens a mirror directory for writing: makes it if need be, locks it. 0, or -1
 * and err (somebody else writes, no access). Release with mirrordir_close. */
EPOST_MUST_CHECK int mirrordir_open(struct mirrordir *dir, const char *path, struct err *err);

void mirrordir_close(struct mirrordir *dir);

/* The number of the next index: above .serial and above the published index,
 * and at least `least` (0: no wish). An index in the directory that `key` did not
 * sign, without .serial, is an error unless there is a wish. Fills *previous
 * with the published index if key signed it, else empty. 0 or -1 and err. */
EPOST_MUST_CHECK int mirrordir_next_serial(const struct mirrordir *dir,
                                           const struct minisig_key *key, uint64_t least,
                                           uint64_t *serial_r, struct index *previous,
                                           struct err *err);

/* Lists the signature files of the directory `source` in `index` and puts them
 * into the store. 0, or -1 and err (names the file). */
EPOST_MUST_CHECK int mirrordir_collect(struct mirrordir *dir, const char *source,
                                       struct index *index, struct mirrordir_report *report,
                                       struct err *err);

/* Refuses what readers would refuse: a file whose version is lower than in
 * `previous`. 0, or -1 and err. */
EPOST_MUST_CHECK int mirrordir_compare(const struct index *previous, const struct index *index,
                                       struct err *err);

/* Signs the index and replaces the published one. 0, or -1 and err; the
 * published one is then what it was, or, if only its second rename failed,
 * something that no reader accepts. */
EPOST_MUST_CHECK int mirrordir_publish(struct mirrordir *dir, const struct index *index,
                                       const struct minisig_secret *secret, struct err *err);

/* Deletes objects that were in no index for `keep` seconds. 0, or -1 and err. */
EPOST_MUST_CHECK int mirrordir_sweep(struct mirrordir *dir, const struct index *index, int64_t now,
                                     int64_t keep, struct mirrordir_report *report,
                                     struct err *err);

/* Checks a mirror as a reader does, and every object: signature by `key`,
 * dates against `now`, sizes and hashes. Needs no lock and writes nothing.
 * 0, or -1 and err that says what is wrong. */
EPOST_MUST_CHECK int mirrordir_verify(const char *path, const struct minisig_key *key, int64_t now,
                                      struct mirrordir_report *report, struct err *err);

#endif
