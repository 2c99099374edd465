/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * textview: text as browsers read it, in copies: charset, character
 * references, percent escapes. scripttext.h has string literals of scripts
 * and style sheets, xmlentities.h the entities of a DTD.
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

/* A quotation mark of a script or of markup, also as a mark. */
static inline bool textview_is_quote(uint8_t c)
{
    static const bool quotes[256] = {['"'] = true,
                                     ['\''] = true,
                                     ['`'] = true,
                                     [TEXTVIEW_QUOTE] = true,
                                     [TEXTVIEW_APOSTROPHE] = true,
                                     [TEXTVIEW_BACKQUOTE] = true};

    return quotes[c];
}

/* The first quotation mark from `at` on, or `end`. */
static inline const uint8_t *textview_to_quote(const uint8_t *at, const uint8_t *end)
{
    while (at < end && !textview_is_quote(*at))
        at++;
    return at;
}

/* The first `word` in the text, or NULL: as memmem, but it looks for the byte of the word at `rare`
 * first, with memchr. Of most texts this is several times as fast if that byte is seldom in them.
 */
const uint8_t *textview_find(const uint8_t *data, size_t length, const char *word, size_t rare);

/* White space of HTML. */
bool textview_is_blank(uint8_t c);

/* Reads digits of a base, at most so many. Returns how many there are. */
size_t textview_digits(const uint8_t *at, const uint8_t *end, unsigned base, size_t most,
                       uint32_t *code_r);

/* Adds a character as UTF-8. The caller made room: for 4 bytes at least. */
void textview_put(struct buffer *buffer, uint32_t code);

/* Adds the bytes from `from` to `at`, for which the caller made room. Returns `at`. */
const uint8_t *textview_copy(struct buffer *buffer, const uint8_t *from, const uint8_t *at);

/* Each of them returns how many places it changed, or -1 without memory. Where that is 0 there is
 * no copy: the text stands for itself. */

/* UTF-16 and UTF-32 as UTF-8; ISO-2022-JP's ASCII without its escape sequences. */
long textview_narrow(struct buffer *buffer, const uint8_t *data, size_t length);

/* HTML's character references, with or without a semicolon. */
long textview_references(struct buffer *buffer, const uint8_t *data, size_t length);

/* %41 and %u0041 */
long textview_percent(struct buffer *buffer, const uint8_t *data, size_t length);

/* Lines that are folded as in calendars and cards, in one; with `all` no white space is left, as
 * atob() reads it. */
long textview_unfolded(struct buffer *buffer, const uint8_t *data, size_t length, bool all);

#endif
