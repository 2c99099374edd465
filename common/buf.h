/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * buf: a growing buffer that is created with a ceiling.
 *
 * The bytes are always followed by a NUL that is not counted, so `data` of a
 * text buffer is a C string (NULL until something was added: use buf_text).
 * Owner: whoever initialised it; buf_free. Threads: one at a time.
 */
#ifndef EPOST_COMMON_BUF_H
#define EPOST_COMMON_BUF_H

#include <stddef.h>

struct buf {
    char *data;
    size_t length;   /* bytes used, the closing NUL not counted */
    size_t capacity; /* bytes allocated */
    size_t ceiling;  /* bytes allowed, the closing NUL not counted */
    int failed;      /* an addition was refused (ceiling or memory); sticky until buf_reset */
};

void buf_init(struct buf *buf, size_t ceiling);
void buf_free(struct buf *buf);  /* and makes it empty; the ceiling stays */
void buf_reset(struct buf *buf); /* keeps the memory */

/* Each adds to the end, all or nothing, and returns 0; or -1 with `failed` set. */
int buf_add(struct buf *buf, const void *data, size_t length);
int buf_adds(struct buf *buf, const char *text);
int buf_addf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The content as a C string; "" when empty. Valid until the next addition. */
const char *buf_text(const struct buf *buf);

#endif
