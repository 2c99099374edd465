/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names: file names as their senders meant them, as UTF-8.
 *
 * Sandbox: iconv loads conversion modules from files the first time; call
 * names_prepare before the sandbox closes. Threads: one.
 */
#ifndef EPOST_INSPECT_NAMES_H
#define EPOST_INSPECT_NAMES_H

#include <stddef.h>

/* Opens the conversions that names may need, and keeps them open. */
void names_prepare(void);

/* Raw bytes in UTF-8, ISO-2022-JP, Shift_JIS (CP932) or EUC-JP, told apart by their looks. Always
 * fills name[size] with valid UTF-8. */
void names_guess(char *name, size_t size, const char *bytes, size_t length);

/* The same, but the charset is known by name (RFC 2231 and 5987); falls back to names_guess. */
void names_convert(char *name, size_t size, const char *charset, const char *bytes, size_t length);

#endif
