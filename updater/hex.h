/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hex: digests as lower-case hex, and the SHA-256 of files.
 *
 * Owner: nobody. Threads: pure functions.
 */
#ifndef EPOST_UPDATER_HEX_H
#define EPOST_UPDATER_HEX_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define HEX_SHA256      32
#define HEX_SHA256_TEXT (2 * HEX_SHA256 + 1)

/* Writes 2 * size digits and a NUL. Returns text. */
const char *hex_encode(const uint8_t *data, size_t size, char *text);

/* Reads exactly 2 * size lower-case digits. Returns 0, or -1. */
int hex_decode(const char *text, uint8_t *data, size_t size);

/* SHA-256 and size of an open file from its beginning (its offset stays).
 * Returns 0, or -1 and err. */
int hex_sha256_fd(int fd, uint8_t sha256[HEX_SHA256], uint64_t *size_r, struct err *err);

/* The same of a path, which must be a regular file. Returns 0, or -1 and err. */
int hex_sha256_file(const char *path, uint8_t sha256[HEX_SHA256], uint64_t *size_r,
                    struct err *err);

#endif
