/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * scripttext: string literals of scripts and style sheets as their engines
 * read them: escapes undone, literals that an operator joins put together.
 * As in textview.h, each function adds a copy to a buffer and returns how many
 * places it changed, or -1 without memory; 0: there is no copy.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_SCRIPTTEXT_H
#define EPOST_INSPECT_SCRIPTTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/buffer.h"

/* JavaScript's escapes in string literals, or those of CSS. */
long scripttext_escapes(struct buffer *buffer, const uint8_t *data, size_t length, bool css);

/* The begin of the next string literal's content, if an operator joins it to the one whose
 * quotation mark stands in front of `at`, or nothing is between them; else NULL. */
const uint8_t *scripttext_next(const uint8_t *at, const uint8_t *end);

/* Whether the literal is perhaps none of one text but of a list: a comma or another literal
 * follows.
 */
bool scripttext_is_listed(const uint8_t *at, const uint8_t *end);

/* Takes out what lies between two string literals that an operator joins: also comments. */
long scripttext_joined(struct buffer *buffer, const uint8_t *data, size_t length);

#endif
