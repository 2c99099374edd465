/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confinement: which parts of the sandbox hold, and what it means when one is missing.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_SCANNER_CONFINEMENT_H
#define EPOST_SCANNER_CONFINEMENT_H

#include "common/err.h"

/* Whether what holds, as `summary` names it, is what RequireSandbox wants. Returns 0; or -1 and
 * err, which says what is missing and `why` ("" unknown). */
EPOST_MUST_CHECK int confinement_check(const char *summary, int required, const char *why,
                                       struct err *err);

/* Calls `tell` with a line for each part that is missing: what it is and what it means. */
void confinement_missing(const char *summary, void (*tell)(const char *line));

#endif
