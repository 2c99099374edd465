/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * jit: libclamav's regular expressions as machine code.
 *
 * libclamav compiles them with pcre2_compile and runs them with pcre2_match, which interprets
 * what was not compiled further. This file stands in front of three functions of the PCRE2
 * library: each expression that is compiled between jit_begin and jit_end is given to
 * pcre2_jit_compile too. Where machine code meets a limit (of steps, of its stack), the
 * interpreter answers, so that every limit means what it means without machine code.
 *
 * An expression each match of which has a fixed text in it (fixedtext.h) is not run at all where
 * the text is not. While libclamav goes through the expressions for one buffer
 * (cli_pcre_scanbuf, in front of which this file stands too), the buffer is read once for all of
 * these texts (fixedset.h).
 *
 * Machine code is made in the loading process, before it forks workers. jit_end takes the right
 * to write away from its pages: a worker neither makes nor changes code, and its sandbox denies
 * both.
 *
 * Owner: the process. Threads: one.
 */
#ifndef EPOST_ENGINE_JIT_H
#define EPOST_ENGINE_JIT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"

struct jit_counts {
    uint32_t compiled; /* expressions that are machine code now */
    uint32_t refused;  /* expressions that stay interpreted */
    uint64_t matched;  /* runs */
    uint64_t machine;  /* runs that were not left to the interpreter */
    uint32_t fixed;    /* expressions with a fixed text that is proven */
    uint32_t together; /* fixed texts that are looked for at one time */
    uint64_t searches; /* times that they were */
    uint64_t absent;   /* runs that were answered since the fixed text is not there */
    uint64_t repeated; /* runs that met a limit and were repeated by the interpreter */
};

/* From here on expressions become machine code. */
void jit_begin(void);

/* No more. Makes the pages of code read-only. Returns 0, or -1 and err when no expression could
 * be compiled (the system forbids it) or the pages could not be closed; all is interpreted then. */
EPOST_MUST_CHECK int jit_end(struct err *err);

/* Whether runs use machine code (the default) or the interpreter: for comparisons. */
void jit_use(int use);

/* Makes fixed texts wrong, for tests of their proof. */
void jit_spoil(bool spoil);

/* Counts since the last jit_begin. */
struct jit_counts jit_counts(void);

#endif
