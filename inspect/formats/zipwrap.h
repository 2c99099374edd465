/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * zipwrap: packed content, whose headers are of no use or are those of another
 * format, in a ZIP of its own for libarchive.
 *
 * Owner: zipopen, oldstream. Threads: one.
 */
#ifndef EPOST_INSPECT_FORMATS_ZIPWRAP_H
#define EPOST_INSPECT_FORMATS_ZIPWRAP_H

#include "inspect/buffer.h"
#include "inspect/inspection.h"

struct zipwrap_piece {
    const uint8_t *data;
    size_t length;
};

/* Puts packed content, in pieces, as the only member into a ZIP. LZMA's dictionary becomes no
 * larger than `size`, that of the unpacked content, and WINDOW_SIZE. 0, or -1 without memory. */
int zipwrap(struct buffer *buffer, unsigned method, uint32_t crc, uint64_t size,
            const struct zipwrap_piece *pieces, unsigned count);

/* Unpacks that by libarchive. REASON_NONE, a ceiling, LIMIT_MEMORY, MEMORY, or CONTAINER where it
 * ended early; what came is in `out`. */
enum reason zipwrap_undo(struct inspection *in, const struct object *container,
                         const struct buffer *wrapped, struct buffer *out);

#endif
