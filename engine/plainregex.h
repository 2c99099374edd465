/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * plainregex: extended regular expressions of POSIX that mean the same in PCRE, letter by letter,
 * and texts that they match.
 *
 * Plain are printable ASCII, alternatives in parentheses, sets in brackets without classes, the
 * repetitions * + ? {n} {n,} {n,m}, "." ^ $, and a backslash in front of one of these signs.
 *
 * Threads: none shared.
 */
#ifndef EPOST_ENGINE_PLAINREGEX_H
#define EPOST_ENGINE_PLAINREGEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAINREGEX_LENGTH_MAX 1024 /* bytes of an expression; a longer one is not plain */

/* Whether both read it alike. The expression is one that a compiler of POSIX accepted. */
bool plainregex_is(const char *pattern);

/* A text that a plain expression matches, made of its own letters; seed chooses among the many.
 * Returns its length, or 0 if it does not fit. text gets a NUL. */
size_t plainregex_sample(const char *pattern, uint64_t seed, char *text, size_t size);

#endif
