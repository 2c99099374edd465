/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * metanames: the expressions for names of members in archives, by PCRE's machine code.
 *
 * For every member of an archive libclamav runs dozens of expressions of its signatures for
 * containers over the member's name, with a matcher that is slow: most of the time that an archive
 * with many small members takes. This file stands in front of three functions of libclamav. An
 * expression that is compiled between metanames_begin and metanames_end, and that PCRE reads alike,
 * is compiled by PCRE too. A name that PCRE's does not match has no match; whatever it matches,
 * libclamav decides.
 *
 * metanames_end proves each expression against libclamav's matcher, on texts made of it. One that
 * fails, or cannot be made such a text, stays libclamav's alone.
 *
 * Owner: the process. Threads: one.
 */
#ifndef EPOST_ENGINE_METANAMES_H
#define EPOST_ENGINE_METANAMES_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

/* From here on expressions are taken over; before jit_end. */
void metanames_begin(void);

/* No more. Returns 0, or -1 and err: libclamav lacks the functions. */
EPOST_MUST_CHECK int metanames_end(struct err *err);

/* Whether they are used (the default): for comparisons. */
void metanames_use(bool use);

struct metanames_counts {
    uint32_t taken;    /* expressions that are in use */
    uint32_t left;     /* that libclamav runs itself */
    uint64_t answered; /* names that libclamav's matcher did not see */
};
struct metanames_counts metanames_counts(void);

/* For tests: expressions are made wrong before they are proven. */
void metanames_spoil(bool spoil);

#endif
