/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * text: untrusted text made safe for the place it goes to.
 *
 * Each function appends to a struct buf (all or nothing, 0 or -1 as buf_add).
 * Input is `length` bytes of anything, NULs and broken UTF-8 included; what is
 * not valid UTF-8 becomes U+FFFD, what is a control character is escaped or
 * replaced. Threads: pure functions.
 */
#ifndef EPOST_COMMON_TEXT_H
#define EPOST_COMMON_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"

/* HTML text and attribute values: & < > " ' as entities, controls as U+FFFD,
 * bidirectional overrides (U+202A–202E, U+2066–2069) as U+FFFD. */
int text_html(struct buf *out, const char *text, size_t length);

/* A value of a key=value log line: bare when it is plain ("[A-Za-z0-9._:/@%+-]+"),
 * else in double quotes with \" \\ \n \t and \xNN escapes. Never a line break. */
int text_log(struct buf *out, const char *text, size_t length);

/* An ICAP or HTTP header value on one ASCII line: everything outside printable
 * ASCII, and '%' itself, percent-encoded; ';' too when `no_semicolon`. */
int text_header(struct buf *out, const char *text, size_t length, int no_semicolon);

/* A JSON string with its quotes. */
int text_json(struct buf *out, const char *text, size_t length);

/* Plain UTF-8 for a terminal: controls and broken bytes as U+FFFD. */
int text_plain(struct buf *out, const char *text, size_t length);

/* Copies into a fixed field as text_plain does, cut at a character's end, NUL-terminated. */
void text_copy(char *field, size_t size, const char *text, size_t length);

/* Whether all of it is UTF-8 (RFC 3629). */
bool text_is_utf8(const char *text, size_t length);

/* Copies a string of our own, whole, into an array of `size` bytes. Text from outside is
 * checked by the caller, who can say what is too long: a string that does not fit gives "". */
void text_fit(char *field, size_t size, const char *string);

#endif
