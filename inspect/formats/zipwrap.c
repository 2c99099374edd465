/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/zipwrap.h"

#include <string.h>

#include "inspect/formats/archive.h"
#include "inspect/formats/ziprecords.h"
#include "inspect/le.h"
#include "inspect/window.h"

#define ZIPWRAP_WARNINGS 16
#define ZIPWRAP_LZMA     14
#define ZIPWRAP_WINDOW   4096u /* bytes of the smallest dictionary */

static void zipwrap_put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static void zipwrap_put32(uint8_t *at, uint32_t value)
{
    zipwrap_put16(at, value & 0xffff);
    zipwrap_put16(at + 2, value >> 16);
}

/* The fields that a header and an entry of a directory share, from the version on. */
static void zipwrap_fields(uint8_t *at, unsigned method, uint32_t crc, size_t packed, uint64_t size)
{
    zipwrap_put16(at, 63);
    zipwrap_put16(at + 4, method);
    zipwrap_put32(at + 10, crc);
    zipwrap_put32(at + 14, (uint32_t)packed);
    zipwrap_put32(at + 18, (uint32_t)size);
    zipwrap_put16(at + 22, 1);
}

/* LZMA's properties name a dictionary of up to 4 GiB. None larger than the content is needed, which
 * is given up at the ceiling. */
static void zipwrap_clamp(uint8_t *packed, size_t length, uint64_t size)
{
    if (size > WINDOW_SIZE)
        size = WINDOW_SIZE;
    if (size < ZIPWRAP_WINDOW)
        size = ZIPWRAP_WINDOW;
    if (length >= 9 && le16(packed + 2) == 5 && le32(packed + 5) > size)
        zipwrap_put32(packed + 5, (uint32_t)size);
}

int zipwrap(struct buffer *buffer, unsigned method, uint32_t crc, uint64_t size,
            const struct zipwrap_piece *pieces, unsigned count)
{
    uint8_t local[ZIP_LOCAL_SIZE + 1] = "PK\3\4", entry[ZIP_ENTRY_SIZE + 1] = "PK\1\2",
                                   end[ZIP_END_SIZE] = "PK\5\6";
    const size_t begin = buffer->length;
    size_t packed = 0;
    unsigned i;

    for (i = 0; i < count; i++)
        packed += pieces[i].length;
    zipwrap_fields(local + 4, method, crc, packed, size);
    zipwrap_fields(entry + 6, method, crc, packed, size);
    local[ZIP_LOCAL_SIZE] = entry[ZIP_ENTRY_SIZE] = 'x';
    zipwrap_put16(end + 8, 1);
    zipwrap_put16(end + 10, 1);
    zipwrap_put32(end + 12, sizeof entry);
    zipwrap_put32(end + 16, (uint32_t)(sizeof local + packed));
    if (packed > UINT32_MAX - sizeof local || buffer_add(buffer, local, sizeof local) != 0)
        return -1;
    for (i = 0; i < count; i++)
        if (pieces[i].length > 0 && buffer_add(buffer, pieces[i].data, pieces[i].length) != 0)
            return -1;
    if (method == ZIPWRAP_LZMA)
        zipwrap_clamp(buffer->data + begin + sizeof local, packed, size);
    return buffer_add(buffer, entry, sizeof entry) != 0 || buffer_add(buffer, end, sizeof end) != 0
               ? -1
               : 0;
}

enum reason zipwrap_undo(struct inspection *in, const struct object *container,
                         const struct buffer *wrapped, struct buffer *out)
{
    struct archive_entry *entry;
    enum reason reason;
    struct archive *archive = archive_open_kind(KIND_ZIP, wrapped->data, wrapped->length, &reason);
    int warnings = 0;

    if (archive == NULL)
        return reason;
    reason = archive_read_next_header(archive, &entry) >= ARCHIVE_WARN ? REASON_NONE
                                                                       : archive_failure(archive);
    /* By blocks: archive_read_data does not say what it has read before an error. */
    while (reason == REASON_NONE) {
        const void *block = NULL;
        la_int64_t offset;
        size_t size = 0;
        int code = archive_read_data_block(archive, &block, &size, &offset);

        if (code == ARCHIVE_EOF ||
            (code < 0 && code >= ARCHIVE_WARN && ++warnings > ZIPWRAP_WARNINGS))
            break;
        if (code < ARCHIVE_WARN)
            reason = archive_failure(archive);
        uint8_t *room = code == ARCHIVE_OK && size > 0
                            ? inspection_room(in, container, out->length, out, size, &reason)
                            : NULL;
        if (room != NULL) {
            memcpy(room, block, size);
            out->length += size;
        }
    }
    archive_read_free(archive);
    return reason;
}
