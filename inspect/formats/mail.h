/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mail: a message taken apart by GMime, for what libclamav's own mail parser
 * does not tell: the attachments' names as the sender wrote them, what is
 * encrypted or only a piece of something, and parts that libclamav decodes in
 * another way or not at all.
 *
 * Threads: one.
 */
#ifndef EPOST_INSPECT_FORMATS_MAIL_H
#define EPOST_INSPECT_FORMATS_MAIL_H

#include "inspect/inspection.h"

struct mail;

/* Starts GMime and loads character sets; before the sandbox closes. */
void mail_prepare(void);

/* Parses and decodes all parts, and registers their names with in->seen. The object must
 * outlive the mail. Returns NULL (and a note) without memory. */
struct mail *mail_read(struct inspection *in, const struct object *object);

/* 1 if it is a message once lines may end in \r alone or in \r\r\n. Cheap: looks at the head. */
int mail_is_odd(const uint8_t *data, size_t length);

/* Adds a copy with \n for every kind of line end, of the header only or everywhere. Returns 0, or
 * -1 without memory. */
int mail_normalize(struct buffer *buffer, const uint8_t *data, size_t length, bool head_only);

/* Frees and nulls the caller's pointer; NULL is fine. */
void mail_free(struct mail **mail);

#endif
