/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * le: reads little-endian numbers, which the headers of archives and documents
 * are made of, from any address.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_INSPECT_LE_H
#define EPOST_INSPECT_LE_H

#include <stdint.h>

static inline unsigned le16(const uint8_t *bytes)
{
    return bytes[0] | (unsigned)bytes[1] << 8;
}

static inline uint32_t le32(const uint8_t *bytes)
{
    return le16(bytes) | (uint32_t)le16(bytes + 2) << 16;
}

static inline uint64_t le64(const uint8_t *bytes)
{
    return le32(bytes) | (uint64_t)le32(bytes + 4) << 32;
}

#endif
