/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * looks: does a run of bytes that was decoded on a guess begin like a file?
 * Noise does not: a mark counts with four bytes at least, or with the
 * structure behind it; text counts with LOOKS_TEXT printable bytes.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_LOOKS_H
#define EPOST_INSPECT_LOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOOKS_TEXT 24 /* bytes */
#define LOOKS_HEAD 64 /* bytes that decide about all but a few kinds */

/* The first bytes are enough. */
bool looks_binary(const uint8_t *data, size_t length);
bool looks_text(const uint8_t *data, size_t length);

/* Two bytes that begin a zlib stream; one decodes it to know. */
bool looks_zlib(const uint8_t *data, size_t length);

#endif
