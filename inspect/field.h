/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * field: header fields with parameters, as form uploads have them:
 *
 *     Content-Disposition: form-data; name="file"; filename*=UTF-8''%e3%81%82.zip
 *
 * Threads: pure functions, but for character sets (names.h).
 */
#ifndef EPOST_INSPECT_FIELD_H
#define EPOST_INSPECT_FIELD_H

#include <stddef.h>

#define FIELD_TOO_LONG  (-2)
#define FIELD_VALUE_MAX 8192 /* bytes with NUL of a file name's parameters */

/* Finds a field in a block of header lines. Returns its value (not NUL-terminated, folded
 * lines included) and *length_r, or NULL. */
const char *field_find(const char *block, size_t size, const char *name, size_t *length_r);

/* Copies a parameter's value, quotes and backslashes undone, as the bytes it was sent in.
 * Returns its length, -1 if there is none, or FIELD_TOO_LONG if it does not fit. */
int field_parameter(const char *value, size_t length, const char *name, char *out, size_t size);

/* The file name of a part: filename*= (RFC 5987), filename*0= … (RFC 2231), filename= in whatever
 * charset, or name=; as UTF-8. Empty if there is none. Returns 0, or FIELD_TOO_LONG if it is longer
 * than FIELD_VALUE_MAX; name is then empty. */
int field_filename(const char *value, size_t length, char *name, size_t size);

#endif
