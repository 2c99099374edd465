/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * place: a directory of its own, in memory, for fuzz targets whose reader wants a
 * file. It is removed when the process ends.
 */
#ifndef EPOST_FUZZ_PLACE_H
#define EPOST_FUZZ_PLACE_H

#include <stddef.h>

/* The directory; made at the first call. Aborts where that is not possible. */
const char *place_directory(void);

/* Puts the bytes into directory/name and returns its path, valid until the next call. */
const char *place_file(const char *name, const void *data, size_t size);

/* The bytes as a text, with a NUL behind them; the caller frees it. Aborts without memory. */
char *place_text(const void *data, size_t size);

#endif
