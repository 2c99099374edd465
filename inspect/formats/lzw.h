/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lzw: undoes compress(1), the format of .Z files. Content in front of a
 * damaged place, or of bytes behind the stream, comes out as the programs have it.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_LZW_H
#define EPOST_INSPECT_FORMATS_LZW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LZW_CODES 65536u
#define LZW_BLOCK LZW_CODES /* bytes that one code can stand for, at most */

struct lzw {
    const uint8_t *data;
    size_t length, at; /* in bits behind the head */
    unsigned width, widest, next, last;
    bool blocks; /* a code resets the table */
    uint8_t first;
    uint64_t group; /* bits in front of the current run of codes of one width */
    uint16_t prefix[LZW_CODES];
    uint8_t suffix[LZW_CODES];
};

/* false if it is no such stream. */
bool lzw_begin(struct lzw *lzw, const uint8_t *data, size_t length);

/* The bytes of the next code, at most LZW_BLOCK of them, written to `out`, which has room for one
 * more. 0 at the end, or where a code cannot be. */
size_t lzw_next(struct lzw *lzw, uint8_t *out);

/* Bytes of the input that were read. */
size_t lzw_used(const struct lzw *lzw);

#endif
