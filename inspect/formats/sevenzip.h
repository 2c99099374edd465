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

/* The directory itself, unpacked, to be freed; NULL if its sums are wrong, or it is packed by
 * anything but LZMA, or damaged. */
uint8_t *sevenzip_directory(const uint8_t *data, size_t length, size_t *size_r);

/* true if a PPMd model of more than WINDOW_SIZE bytes is asked for. A directory that is packed by
 * anything but LZMA, or damaged, says nothing. */
bool sevenzip_is_greedy(const uint8_t *data, size_t length);

#endif
