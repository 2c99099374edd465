/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * objects: the content-addressed files of a mirror directory.
 *
 *     MIRROR/objects/ab/abcd…   a file under its own SHA-256, never changed
 *     MIRROR/retired/abcd…      empty; since its mtime that object is in no index
 *
 * An object that falls out of the index stays for a while, so that a reader who
 * holds the index of a minute ago still gets all its files.
 *
 * Owner: epost-mkmirror, which holds the mirror's lock. Threads: one.
 */
#ifndef EPOST_UPDATER_MKMIRROR_OBJECTS_H
#define EPOST_UPDATER_MKMIRROR_OBJECTS_H

#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "common/err.h"
#include "updater/index.h"

struct objects {
    int root_fd; /* the mirror directory */
};

#define OBJECTS_INIT                                                                               \
    {                                                                                              \
        .root_fd = -1                                                                              \
    }

/* Opens the store in the mirror directory `root`, making its directories. 0 or -1 and err. */
EPOST_MUST_CHECK int objects_open(struct objects *objects, const char *root, struct err *err);

void objects_close(struct objects *objects);

/* Copies the file open as `fd` into the store, unless it is there. The hash and
 * size returned are those of the bytes stored, also if somebody writes to the
 * source meanwhile. *added_r is 1 if it was not there. On disk (fsync) when it
 * returns. 0, or -1 and err: unreadable, over `size_max` bytes, disk full. */
EPOST_MUST_CHECK int objects_add(struct objects *objects, int fd, uint64_t size_max,
                                 uint8_t sha256[INDEX_SHA256], uint64_t *size_r, int *added_r,
                                 struct err *err);

/* Reads an object and compares. 0, or -1 and err: missing, wrong size, wrong hash. */
EPOST_MUST_CHECK int objects_check(const struct objects *objects,
                                   const uint8_t sha256[INDEX_SHA256], uint64_t size,
                                   struct err *err);

/* Retires what `listed` does not know and deletes what was retired `keep`
 * seconds before `now`; takes unfinished files away. *deleted_r counts deleted
 * objects. 0, or -1 and err. */
EPOST_MUST_CHECK int objects_sweep(struct objects *objects,
                                   int (*listed)(const uint8_t sha256[INDEX_SHA256], void *context),
                                   void *context, time_t now, time_t keep, unsigned *deleted_r,
                                   struct err *err);

#endif
