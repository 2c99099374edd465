/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * be: reads big-endian numbers from any address.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_FORMATS_BE_H
#define EPOST_INSPECT_FORMATS_BE_H

#include <stdint.h>

static inline unsigned be16(const uint8_t *bytes)
{
    return (unsigned)bytes[0] << 8 | bytes[1];
}

static inline uint32_t be32(const uint8_t *bytes)
{
    return (uint32_t)be16(bytes) << 16 | be16(bytes + 2);
}

#endif
