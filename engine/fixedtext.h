/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fixedtext: a text that is in every match of a regular expression.
 *
 * Dozens of signatures for archives are expressions like "[A-Z]{3}[0-9]{5}\.exe", which are tried
 * at each of the millions of places of an archive. Where ".exe" is not in it there is no match.
 *
 * Only expressions that are a plain sequence are read: no alternatives but in parentheses, no
 * looking around, no references, no options within. Each is proven by texts that it matches.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_ENGINE_FIXEDTEXT_H
#define EPOST_ENGINE_FIXEDTEXT_H

#include <stdbool.h>
#include <stddef.h>

#define FIXEDTEXT_MIN         4 /* bytes; of a shorter one nothing is gained */
#define FIXEDTEXT_MAX         15
#define FIXEDTEXT_PATTERN_MAX 512 /* bytes of an expression; a longer one is not read */

struct fixedtext {
    unsigned char length; /* 0: none */
    unsigned char rare;   /* which of its bytes is rarest */
    unsigned char bytes[FIXEDTEXT_MAX];
};

/* The longest text of an expression in PCRE's language (without options that change how letters or
 * blanks are read). plain_r[FIXEDTEXT_PATTERN_MAX * 2] becomes an expression that matches less and
 * that plainregex.h reads, to make texts for a proof. false: none is known. */
bool fixedtext_of(const char *pattern, struct fixedtext *text_r, char *plain_r);

bool fixedtext_is_in(const struct fixedtext *text, const void *subject, size_t length);

#endif
