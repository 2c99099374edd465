/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * zipopen: scans the members of a ZIP in every reading of it.
 *
 * Owner: container.c. Threads: one.
 */
#ifndef EPOST_INSPECT_FORMATS_ZIPOPEN_H
#define EPOST_INSPECT_FORMATS_ZIPOPEN_H

#include <stdbool.h>

#include "inspect/buffer.h"
#include "inspect/formats/zipread.h"
#include "inspect/inspection.h"

/* Those with `least` to `most` bytes, or of unknown size with `most` UINT64_MAX. With `lenient`
 * a member that cannot be read is no trouble. */
void zipopen_members(struct inspection *in, const struct object *object, uint64_t least,
                     uint64_t most, bool lenient);

struct zipopen_piece {
    const uint8_t *data;
    size_t length;
};

/* Puts packed content, in pieces, as the only member into a ZIP. 0, or -1 without memory. */
int zipopen_wrap(struct buffer *buffer, unsigned method, uint32_t crc, uint64_t size,
                 const struct zipopen_piece *pieces, unsigned count);

/* Unpacks that by libarchive. REASON_NONE, a ceiling, MEMORY, or CONTAINER where it ended
 * early; what came is in `out`. */
enum reason zipopen_unwrap(struct inspection *in, const struct object *container,
                           const struct buffer *wrapped, struct buffer *out);

#endif
