/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * chunks: a stream of bytes encrypted in pieces of 64 KiB, each with its own
 * authentication tag, as the file format age v1 does it (STREAM). A piece that
 * was changed, moved, left out or cut off is noticed before its bytes go on.
 *
 * The nonce of a piece is its number in 11 bytes, and one byte that marks the
 * last piece. A key must be used for one stream only.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_OPERATE_CHUNKS_H
#define EPOST_OPERATE_CHUNKS_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

#define CHUNKS_KEY   32u
#define CHUNKS_PIECE 65536u
#define CHUNKS_TAG   16u

enum chunks_cipher { CHUNKS_AES_256_GCM, CHUNKS_CHACHA20_POLY1305 };

/* The bytes to encrypt: a text, then `length` bytes of a regular file from its start. */
struct chunks_input {
    const void *prefix;
    size_t prefix_length;
    int fd;
    uint64_t length;
};

/* Takes decrypted bytes. Returns 0, or -1 and err to end it. */
typedef int chunks_take(void *data, const void *bytes, size_t length, struct err *err);

/* Encrypts to the descriptor. sha256_r takes the SHA-256 of the file's bytes. Returns 0, or -1 and
 * err (the file is shorter than its length, the disk is full). */
EPOST_MUST_CHECK int chunks_seal(enum chunks_cipher cipher, const uint8_t key[CHUNKS_KEY],
                                 const struct chunks_input *input, int out, uint8_t sha256_r[32],
                                 struct err *err);

/* Decrypts what stands in the regular file from `at` to its end. Returns 0; or -1 and err when
 * anything in it is not as it was sealed; bytes that were given out before that are right, and not
 * all. */
EPOST_MUST_CHECK int chunks_open(enum chunks_cipher cipher, const uint8_t key[CHUNKS_KEY], int in,
                                 uint64_t at, chunks_take *take, void *data, struct err *err);

#endif
