/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * buffer: bytes that an unpacker makes, as one mapping that libclamav can scan.
 *
 * Small ones lie on the heap; past BUFFER_HEAP they move to a mapping of their own. When such a
 * buffer is freed its mapping is given back to the system, but for one of a few megabytes that the
 * next buffer gets, until buffer_rest. Either counts as memory of the process.
 * The ceiling is the caller's (budget_unpacked before each block).
 *
 * Sandbox: needs mmap, mremap, munmap, and an RLIMIT_DATA that leaves room.
 * Owner: whoever opened it. Threads: one.
 */
#ifndef EPOST_INSPECT_BUFFER_H
#define EPOST_INSPECT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BUFFER_HEAP 65536u /* bytes */

struct buffer {
    uint8_t *data; /* NULL while empty */
    size_t length, capacity;
    int mapped; /* a mapping rather than heap */
};

#define BUFFER_INIT                                                                                \
    {                                                                                              \
        .data = NULL                                                                               \
    }

/* Asked when the system has no memory for a buffer: true when another try is worth it. NULL, as at
 * the start, asks nobody. */
extern bool (*buffer_more)(size_t bytes);

/* Appends. Returns 0, or -1 when there is no memory (what is there stays). */
int buffer_add(struct buffer *buffer, const void *data, size_t length);

/* Makes room for `length` more bytes and returns where to put them, or NULL. The caller then
 * adds what it really wrote to buffer->length. */
uint8_t *buffer_room(struct buffer *buffer, size_t length);

/* Gives everything back; the buffer is then empty. */
void buffer_free(struct buffer *buffer);

/* Gives back to the system what is kept for the next buffer. True if there was something. */
bool buffer_rest(void);

#endif
