/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * transfer: Content-Transfer-Encoding of a form's part: base64 and
 * quoted-printable, as leniently as anyone decodes them.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_TRANSFER_H
#define EPOST_INSPECT_TRANSFER_H

#include <stdbool.h>

#include "inspect/buffer.h"

/* Decodes into the buffer by the field's value. Returns 1, 0 for an encoding that changes nothing,
 * or -1 without memory. */
int transfer_decode(const char *encoding, size_t encoding_length, const uint8_t *data,
                    size_t length, struct buffer *buffer);

/* base64 that goes on behind its padding: most decoders stop there, some begin anew. Returns 1 and
 * what the latter get, 0 if there is no such thing, or -1 without memory. */
int transfer_restarted(const uint8_t *data, size_t length, struct buffer *buffer);

/* The same for decoders that pass over padding that is not the end. */
int transfer_joined(const uint8_t *data, size_t length, struct buffer *buffer);

/* Undoes quoted-printable into `out`, which has room for `length` bytes, with blanks behind an
 * equals sign, and soft breaks within escapes. unix_lines: \r\n becomes \n. Returns the length;
 * *escapes_r is how many escapes and soft breaks there were. */
size_t transfer_quoted(uint8_t *out, const uint8_t *data, size_t length, bool unix_lines,
                       size_t *escapes_r);

#endif
