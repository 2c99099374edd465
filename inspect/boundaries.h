/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boundaries: which boundaries a multipart body may have.
 *
 * Servers read the same Content-Type differently: PHP takes what stands behind
 * the first "boundary" and the next "=", others the last parameter, the
 * extended one, or the one of another header line. So all of them are
 * candidates, and the body is split by each one that it uses.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_BOUNDARIES_H
#define EPOST_INSPECT_BOUNDARIES_H

#include <stddef.h>
#include <stdint.h>

#define BOUNDARIES_MAX    32
#define BOUNDARY_SIZE_MAX 8192 /* bytes: as long as a Content-Type may be */

struct boundaries {
    char *delimiters[BOUNDARIES_MAX]; /* "--boundary", on the heap */
    size_t lengths[BOUNDARIES_MAX];
    unsigned count;
    int overflowed; /* there were more, or there was no memory */
};

/* Adds all readings of a Content-Type. `boundaries` starts zeroed. */
void boundaries_add_type(struct boundaries *boundaries, const char *type, size_t length);

/* Adds the lines of a body that begin with "--" and stand before a line "Content-…": what a server
 * that knows better would split by. */
void boundaries_add_body(struct boundaries *boundaries, const uint8_t *data, size_t length);

void boundaries_free(struct boundaries *boundaries);

#endif
