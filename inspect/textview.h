/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * textview: text as browsers and script engines read it, in copies: charset,
 * entities of a DTD, character references, escapes of scripts and style
 * sheets, joined string literals, percent escapes.
 *
 * Each of these adds its copy to a buffer and says how much it changed. All of
 * them read more than any one program does: the reader of the copy looks for
 * files in it and shows it to nobody.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_TEXTVIEW_H
#define EPOST_INSPECT_TEXTVIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "inspect/buffer.h"

/* Delimiters that came out of references: they end no attribute. See textview_plain. */
enum textview_mark {
    TEXTVIEW_QUOTE = 1, /* " */
    TEXTVIEW_APOSTROPHE,
    TEXTVIEW_LESS,
    TEXTVIEW_GREATER,
    TEXTVIEW_BLANK,
    TEXTVIEW_BACKQUOTE,
    TEXTVIEW_PARENTHESIS, /* ) */
    TEXTVIEW_MARKS
};

/* The character that a mark stands for; any other byte stands for itself. */
uint8_t textview_plain(uint8_t byte);

/* Characters of two or four bytes each, by a byte order mark or by their zero bytes. */
bool textview_is_wide(const uint8_t *data, size_t length);

/* Each of them returns how many places it changed, or -1 without memory. */

/* UTF-16 and UTF-32 as UTF-8. */
long textview_narrow(struct buffer *buffer, const uint8_t *data, size_t length);

/* "&name;" of the internal DTD. What they add is limited to 1 MiB. */
long textview_entities(struct buffer *buffer, const uint8_t *data, size_t length);

/* HTML's character references, with or without a semicolon. */
long textview_references(struct buffer *buffer, const uint8_t *data, size_t length);

/* JavaScript's escapes in string literals, or those of CSS. */
long textview_escapes(struct buffer *buffer, const uint8_t *data, size_t length, bool css);

/* The begin of the next string literal's content, if an operator joins it to the one that ends in
 * front of `at`; else NULL. */
const uint8_t *textview_next(const uint8_t *at, const uint8_t *end);

/* Takes out what lies between two string literals that an operator joins: also comments. */
long textview_joined(struct buffer *buffer, const uint8_t *data, size_t length);

/* %41 */
long textview_percent(struct buffer *buffer, const uint8_t *data, size_t length);

#endif
