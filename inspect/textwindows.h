/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * textwindows: the parts of a text that are read differently once its escapes are undone and its
 * literals joined. Whatever lies outside reads the same in all views of the text, so that one look
 * at it is enough.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_TEXTWINDOWS_H
#define EPOST_INSPECT_TEXTWINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct textwindows {
    const uint8_t *text, *end;     /* of the text */
    const uint8_t *change, *after; /* the next change and what follows it; NULL: none */
    const uint8_t *behind;         /* the end of the last change's run */
};

void textwindows_begin(struct textwindows *windows, const uint8_t *data, size_t length);

/* The next window. It holds a change and whatever a file that the change is a part of may consist
 * of in front of it and behind it: base64, digits, white space, the begin of a literal. Windows
 * overlap by little. Returns false behind the last one. */
bool textwindows_next(struct textwindows *windows, const uint8_t **begin_r, const uint8_t **end_r);

#endif
