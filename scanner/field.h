/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * field: header fields with parameters, as form uploads have them:
 *
 *     Content-Disposition: form-data; name="file"; filename*=UTF-8''%e3%81%82.zip
 *
 * Threads: pure functions, but for character sets (names.h).
 */
#ifndef EPOST_SCANNER_FIELD_H
#define EPOST_SCANNER_FIELD_H

#include <stddef.h>

/* Finds a field in a block of header lines. Returns its value (not NUL-terminated, folded
 * lines included) and *length_r, or NULL. */
const char *field_find(const char *block, size_t size, const char *name, size_t *length_r);

/* Copies a parameter's value, quotes and backslashes undone, as the bytes it was sent in.
 * Returns its length, or -1 if there is none or it does not fit. */
int field_parameter(const char *value, size_t length, const char *name, char *out, size_t size);

/* The file name of a part: filename*= (RFC 5987), filename*0= … (RFC 2231), filename= in whatever
 * charset, or name=; as UTF-8. Empty if there is none. */
void field_filename(const char *value, size_t length, char *name, size_t size);

#endif
