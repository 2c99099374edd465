/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scratch: the directory of one test program.
 *
 * Owner: the caller. Threads: one.
 */
#ifndef EPOST_TESTS_UNIT_SCRATCH_H
#define EPOST_TESTS_UNIT_SCRATCH_H

#include <stdio.h>
#include <stdlib.h>

/* Removes what mkdtemp made, and all in it. Returns 0 or another value. */
static inline int scratch_remove(const char *directory)
{
    char command[256];

    snprintf(command, sizeof command, "rm -rf '%s'", directory);
    return system(command);
}

#endif
