/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * testload: would the scanner serve this set? Loaded and compiled by the very
 * code that epostavs uses, in a child with limits on memory and time, and then
 * put to the question: EICAR must be found, clean samples must not.
 *
 * Threads: one.
 */
#ifndef EPOST_UPDATER_TESTLOAD_H
#define EPOST_UPDATER_TESTLOAD_H

#include "engine/clam.h"
#include "updater/run.h"

struct testload {
    int skipped; /* memory is short, or the settings say never: see why */
    char why[256];
    struct clam_info info;
    uint32_t ms;
};

/* Tests the directory (.bases/new) that holds `set`. Returns 0, or -1 and fault (RESULT_TESTLOAD).
 */
int testload_run(const struct run *run, const char *directory, const struct set *set,
                 struct testload *testload, struct fault *fault);

/* Bytes of memory that loading the set takes, by experience. */
uint64_t testload_estimate(const struct set *set);

#endif
