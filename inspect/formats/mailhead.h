/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mailhead: the header of a mail's part as lenient programs read it, and the
 * places where its content may begin.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_MAILHEAD_H
#define EPOST_INSPECT_FORMATS_MAILHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAILHEAD_STARTS 8 /* places where the content of a part may begin */
#define MAILHEAD_INDENT 3 /* bytes in front of a delimiter or a field */

/* The fields of a part's header. odd: programs may read something else. */
struct mailhead {
    const uint8_t *starts[MAILHEAD_STARTS];
    size_t count;
    const char *encoding; /* Content-Encoding */
    size_t encoding_length;
    unsigned types, transfers;
    bool odd, quoted, base64, multipart, message;
};

struct mailhead_line {
    const uint8_t *begin, *end, *next;
};

/* The line at this place. It ends with \n, \r or both. */
struct mailhead_line mailhead_line(const uint8_t *at, const uint8_t *end);

/* A blank that may stand inside a line. */
bool mailhead_is_blank(uint8_t c);

/* Does the text begin with the word, in any case? */
bool mailhead_starts(const uint8_t *at, const uint8_t *end, const char *word);

/* Reads a header from `at` on, to the blank line or what is taken for it. */
void mailhead_read(struct mailhead *head, const uint8_t *at, const uint8_t *end);

#endif
