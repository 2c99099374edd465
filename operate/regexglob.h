/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * regexglob: an extended regular expression as shell patterns for fnmatch(3).
 *
 * squidclamav searches a regular expression in a text, without regard to case.
 * A shell pattern matches a whole text and has no alternatives, so that one
 * expression becomes one pattern or several. Many expressions have no such
 * form; these are refused, never approximated.
 *
 * Owner: the caller owns the result, which needs no freeing. Threads: any.
 */
#ifndef EPOST_OPERATE_REGEXGLOB_H
#define EPOST_OPERATE_REGEXGLOB_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"

#define REGEXGLOB_MAX    128 /* patterns from one expression */
#define REGEXGLOB_LENGTH 512 /* bytes of one pattern */

struct regexglob {
    size_t count;
    char pattern[REGEXGLOB_MAX][REGEXGLOB_LENGTH];
};

/* Fills `out`. With `fold` each letter becomes a set of both cases. Returns 0, or -1 and
 * err: the part that has no equivalent, or a ceiling. */
EPOST_MUST_CHECK int regexglob_translate(const char *regex, bool fold, struct regexglob *out,
                                         struct err *err) __attribute__((warn_unused_result));

#endif
