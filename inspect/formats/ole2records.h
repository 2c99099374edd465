/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ole2records: where the fields of a compound file lie: of its header, of a directory entry.
 */
#ifndef EPOST_INSPECT_FORMATS_OLE2RECORDS_H
#define EPOST_INSPECT_FORMATS_OLE2RECORDS_H

#include <stdbool.h>

#include "inspect/le.h"

#define OLE2_MAGIC  "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#define OLE2_HEADER 512u /* bytes */
#define OLE2_SHIFT  9u   /* of the usual sector of 512 bytes */
#define OLE2_ENTRY  128u /* bytes of a directory entry */

/* A sector has 2^shift bytes, a small one 2^mini_shift. */
static inline unsigned ole2_header_shift(const uint8_t *header)
{
    return le16(header + 30);
}

static inline unsigned ole2_header_mini_shift(const uint8_t *header)
{
    return le16(header + 32);
}

/* Sectors of the table, and the first of the directory. */
static inline uint32_t ole2_header_table(const uint8_t *header)
{
    return le32(header + 44);
}

static inline uint32_t ole2_header_directory(const uint8_t *header)
{
    return le32(header + 48);
}

static inline uint32_t ole2_header_cutoff(const uint8_t *header)
{
    return le32(header + 56);
}

/* Whether it is the entry of a stream, and not of a storage or of nothing. */
static inline bool ole2_entry_is_stream(const uint8_t *entry)
{
    return entry[66] == 2;
}

/* The first sector of an entry's stream. */
static inline uint32_t ole2_entry_first(const uint8_t *entry)
{
    return le32(entry + 116);
}

/* Its bytes; where sectors have 512 bytes the upper half of the field may hold anything. */
static inline uint64_t ole2_entry_size(const uint8_t *entry, unsigned shift)
{
    return shift > OLE2_SHIFT ? le64(entry + 120) : le32(entry + 120);
}

#endif
