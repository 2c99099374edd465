/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sevenzip: the directory of a 7z archive, and what it asks for before anybody reads it.
 *
 * Owner: archive. Threads: pure function.
 */
#ifndef EPOST_INSPECT_FORMATS_SEVENZIP_H
#define EPOST_INSPECT_FORMATS_SEVENZIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SEVENZIP_HEAD 32u /* bytes in front of what is packed; places are counted from there */

struct sevenzip_bytes {
    const uint8_t *at, *end;
};

/* The next byte, or -1 at the end; the next number, or UINT64_MAX. */
int sevenzip_byte(struct sevenzip_bytes *bytes);
uint64_t sevenzip_number(struct sevenzip_bytes *bytes);

/* true if the next byte is this one; if the next number is at most `most`. */
bool sevenzip_is(struct sevenzip_bytes *bytes, int byte);
bool sevenzip_count(struct sevenzip_bytes *bytes, uint64_t most, unsigned *count_r);

/* The next `length` bytes, or NULL if there are not so many. */
const uint8_t *sevenzip_take(struct sevenzip_bytes *bytes, uint64_t length);

/* A list with a bit for each of `count`, NULL in *bits_r if all are set; one of its bits. */
bool sevenzip_bits(struct sevenzip_bytes *bytes, unsigned count, const uint8_t **bits_r);
bool sevenzip_bit(const uint8_t *bits, unsigned at);

/* The next check sum of those that have one, if the one at `at` does. */
bool sevenzip_sum(struct sevenzip_bytes *bytes, const uint8_t *bits, unsigned at, uint32_t *crc_r,
                  bool *has_r);

/* The directory as it lies in the archive; false if it is not all in there. */
bool sevenzip_stored(const uint8_t *data, size_t length, struct sevenzip_bytes *stored);

/* The directory itself, unpacked, to be freed; NULL if its sums are wrong, or it is packed by
 * anything but LZMA, or damaged. */
uint8_t *sevenzip_directory(const uint8_t *data, size_t length, size_t *size_r);

/* true if a PPMd model of more than WINDOW_SIZE bytes is asked for. A directory that is packed by
 * anything but LZMA, or damaged, says nothing. */
bool sevenzip_is_greedy(const uint8_t *data, size_t length);

#endif
