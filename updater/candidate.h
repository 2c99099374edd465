/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * candidate: puts the offers together into one set, builds and tests it. If the
 * set of all offers fails its test, the offers are tried one after the other, so
 * that a bad one does not keep the good ones out.
 *
 * Threads: one, under the update lock.
 */
#ifndef EPOST_UPDATER_CANDIDATE_H
#define EPOST_UPDATER_CANDIDATE_H

#include "updater/run.h"
#include "updater/testload.h"

struct candidate {
    struct set set;         /* what .bases/new holds */
    int taken[SOURCES_MAX]; /* whose offer is in it */
    int import_taken, import_rejected;
    struct testload testload;
};

/* Builds .bases/new from what serves and the offers with result UPDATED; `import` are local files
 * to come in (count 0: none). Offers that fail the test get RESULT_TESTLOAD and are put aside.
 * Returns 1 when there is something new to activate, 0 when not, -1 and fault. Release with
 * candidate_free. */
int candidate_make(struct run *run, struct offer *offers, const struct set *import,
                   struct candidate *candidate, struct fault *fault);

void candidate_free(struct candidate *candidate);

#endif
