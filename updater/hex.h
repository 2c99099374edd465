/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hex: the SHA-256 of files; its digits are common/hex.h's.
 *
 * Owner: nobody. Threads: pure functions.
 */
#ifndef EPOST_UPDATER_HEX_H
#define EPOST_UPDATER_HEX_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/hex.h"

/* SHA-256 and size of an open file from its beginning (its offset stays).
 * Returns 0, or -1 and err. */
EPOST_MUST_CHECK int hex_sha256_fd(int fd, uint8_t sha256[HEX_SHA256], uint64_t *size_r,
                                   struct err *err);

/* The same of a path, which must be a regular file. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int hex_sha256_file(const char *path, uint8_t sha256[HEX_SHA256], uint64_t *size_r,
                                     struct err *err);

#endif
