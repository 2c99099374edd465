/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * xzwalk: where a stream of xz ends, told by the sizes in it: nothing is unpacked.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_XZWALK_H
#define EPOST_INSPECT_XZWALK_H

#include <stddef.h>
#include <stdint.h>

/* The length of the one stream at `data`, whose header was found right; 0 if it is not whole.
 * Adds what was looked at to *work. */
size_t xzwalk_stream(const uint8_t *data, size_t length, uint64_t *work);

#endif
