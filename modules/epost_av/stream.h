/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stream: streams of server-sent events, which have no end that a scan could wait for.
 *
 * The sender writes the type, so that the bytes decide: a stream is text in UTF-8 without NUL, to
 * its last byte.
 *
 * Owner: one struct a stream, starts zeroed. Threads: pure functions.
 */
#ifndef EPOST_AV_STREAM_H
#define EPOST_AV_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stream {
    uint8_t missing;   /* bytes that the last character still needs */
    uint8_t low, high; /* the next of them is in this range */
};

/* Whether this value of Content-Type is that of an event stream, and nothing else. */
bool stream_is_type(const char *type);

/* Looks at the next bytes. False at the first byte that no text in UTF-8 has there, or NUL. */
bool stream_take(struct stream *stream, const void *data, size_t length);

#endif
