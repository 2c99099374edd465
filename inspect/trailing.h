/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ends: does a compressed file end where its first stream ends?
 *
 * libclamav unpacks the first stream of a bzip2 file and no more, and takes
 * what it gets from a cut file for the whole. Each function returns 1 when
 * the end of the file is that of a whole, single stream, judged by a few
 * bytes, and 0 when it has to be unpacked to know.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_TRAILING_H
#define EPOST_INSPECT_TRAILING_H

#include <stddef.h>
#include <stdint.h>

/* `unpacked` is how many bytes libclamav got out of it. */
int trailing_gzip(const uint8_t *data, size_t length, uint64_t unpacked);
int trailing_bzip2(const uint8_t *data, size_t length);
int trailing_xz(const uint8_t *data, size_t length);

#endif
