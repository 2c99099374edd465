/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * writeall: writes all bytes, however many calls that takes.
 *
 * Owner: the caller owns the descriptor. Threads: any.
 */
#ifndef EPOST_COMMON_WRITEALL_H
#define EPOST_COMMON_WRITEALL_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"

/* At the descriptor's offset. Returns 0, or -1 with errno: some bytes may have been written. The
 * descriptor must be one that blocks. */
EPOST_MUST_CHECK int writeall(int fd, const void *data, size_t length);

/* At an offset of its own; the descriptor's stays. Returns 0, or -1 with errno. */
EPOST_MUST_CHECK int writeall_at(int fd, const void *data, size_t length, uint64_t offset);

#endif
