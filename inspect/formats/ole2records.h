/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ole2records: where the fields of a compound file lie: of its header, of a directory entry.
 */
#ifndef EPOST_INSPECT_FORMATS_OLE2RECORDS_H
#define EPOST_INSPECT_FORMATS_OLE2RECORDS_H

#include "inspect/le.h"

#define OLE2_MAGIC  "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
#define OLE2_HEADER 512u  /* bytes */
#define OLE2_ENTRY  128u  /* bytes of a directory entry */
#define OLE2_NAME   64u   /* bytes of its name, UTF-16 */
#define OLE2_CUTOFF 4096u /* bytes: smaller streams lie in pieces of the root entry's stream */
#define OLE2_SMALL  6     /* a piece has 2^6 bytes */

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

/* Bytes of an entry's name with the 0 that ends it. */
static inline unsigned ole2_entry_name_size(const uint8_t *entry)
{
    return le16(entry + 64);
}

/* The first sector of an entry's stream. */
static inline uint32_t ole2_entry_first(const uint8_t *entry)
{
    return le32(entry + 116);
}

/* Its bytes; where sectors have 512 bytes the upper half of the field may hold anything. */
static inline uint64_t ole2_entry_size(const uint8_t *entry, unsigned shift)
{
    return shift > 9 ? le64(entry + 120) : le32(entry + 120);
}

#endif
