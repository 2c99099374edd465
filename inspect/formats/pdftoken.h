/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pdftoken: the words of PDF's syntax, read as leniently as viewers read them.
 *
 * Every function moves the cursor on and never behind its end.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_PDFTOKEN_H
#define EPOST_INSPECT_FORMATS_PDFTOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PDF_NAME 32 /* bytes of a name that are kept, with NUL; no name that matters is longer */

/* A place in the file. */
struct pdftoken_cursor {
    const uint8_t *at, *end;
};

bool pdftoken_is_space(int c);

/* The byte that many bytes ahead, or -1 behind the end. */
int pdftoken_peek(const struct pdftoken_cursor *cursor, size_t ahead);

/* Passes over white space and comments. */
void pdftoken_space(struct pdftoken_cursor *cursor);

/* Reads a name; the cursor is behind its slash. */
void pdftoken_name(struct pdftoken_cursor *cursor, char name[PDF_NAME]);

/* Reads a whole number (a fraction is cut off). Returns false if there is none. */
bool pdftoken_number(struct pdftoken_cursor *cursor, int64_t *number_r);

/* Passes over `word` if the cursor is at it. */
bool pdftoken_keyword(struct pdftoken_cursor *cursor, const char *word);

/* Reads "12 0 R". Leaves the cursor where it was if it is something else. */
bool pdftoken_reference(struct pdftoken_cursor *cursor, int64_t *number_r);

/* Passes over one value of any kind. A closing bracket that was not opened stays. */
void pdftoken_skip(struct pdftoken_cursor *cursor);

#endif
