/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ole2read: the one reader of compound files: their tables, their directory, the bytes of a stream.
 *
 * It follows tables whatever the size of a sector, and each chain to its end at most once around.
 * Where tables are damaged it gives what can be reached.
 *
 * Owner: whoever opened it; the file's bytes stay the caller's. Threads: one.
 */
#ifndef EPOST_INSPECT_FORMATS_OLE2READ_H
#define EPOST_INSPECT_FORMATS_OLE2READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/verdict.h"
#include "inspect/buffer.h"

#define OLE2READ_NAME_MAX 33 /* bytes of a name, with the 0 */

/* Numbers of a table: what follows each sector. */
struct ole2read_table {
    uint32_t *next;
    size_t count, size;
};

struct ole2read {
    const uint8_t *data;
    size_t length;
    unsigned shift, mini_shift; /* of a sector's size, and a small one's */
    uint32_t sectors, cutoff;
    struct ole2read_table table, mini_table;
    struct buffer directory, mini; /* all entries; all small streams */
    uint8_t *used;                 /* for each sector: a stream has it; NULL: no header */
};

/* Reads what leads to the streams. REASON_NONE, or why not all of it could be read. ole2read_close
 * either way. */
enum reason ole2read_open(struct ole2read *ole2, const uint8_t *data, size_t length);

void ole2read_close(struct ole2read *ole2);

/* The next entry of a stream behind this one (NULL: the first), whether or not the tree of names
 * leads to it. NULL: there is no other. */
const uint8_t *ole2read_next(const struct ole2read *ole2, const uint8_t *entry);

/* An entry's name as a path shows it: what is not plain text is an underline. */
void ole2read_name(const uint8_t *entry, char name[OLE2READ_NAME_MAX]);

/* Appends a stream's bytes, not more than `most`. REASON_MALFORMED where it breaks off: what there
 * is has then been read. */
enum reason ole2read_stream(struct ole2read *ole2, const uint8_t *entry, uint64_t most,
                            struct buffer *buffer);

/* Whether a stream that was read, a table or the directory has the byte at this offset. */
bool ole2read_is_used(const struct ole2read *ole2, size_t offset);

#endif
