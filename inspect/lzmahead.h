/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lzmahead: tells the old .lzma format, which has no mark.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_LZMAHEAD_H
#define EPOST_INSPECT_LZMAHEAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LZMAHEAD_SIZE 14u /* bytes with the first one of the stream, which has to be 0 */

/* true if the header is one that every program takes. */
bool lzmahead_is(const uint8_t *data, size_t length);

/* true if most of it is: some programs do not look at the rest. Then the first bytes of the stream
 * are unpacked, too. */
bool lzmahead_is_odd(const uint8_t *data, size_t length);

/* true for properties that liblzma does not have, while other programs do. */
bool lzmahead_is_wide(const uint8_t *data);

/* The header as liblzma has to see it: no larger a dictionary than the content needs. */
void lzmahead_plain(uint8_t head[LZMAHEAD_SIZE], const uint8_t *data);

#endif
