/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * words: the pages' texts in each language.
 *
 * Threads: constant data.
 */
#ifndef EPOST_OPERATE_WORDS_H
#define EPOST_OPERATE_WORDS_H

#include <stddef.h>

/* The text of that key in "en" or "ja" (any other language is English). A key that is not there
 * is its own text, so that an unknown word of an event can be shown. */
const char *words(const char *language, const char *key);

/* "en" or "ja": what an Accept-Language field prefers, else `deflt`. NULL is no field. */
const char *words_language(const char *accept, const char *deflt);

/* For tests: the key of the i-th row, or NULL past the end. */
const char *words_key(size_t i);

#endif
