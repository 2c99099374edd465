/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The directory of a 7z, whose sums are made right: chance does not find them. The first byte of
 * the input says how many of the others are packed bytes. The places that the directory's reader
 * gives lie within the archive.
 */
#include "tests/fuzz/pipeline.h"

#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "inspect/formats/sevendir.h"

static void sevenzip_put(uint8_t *at, uint64_t value, unsigned bytes)
{
    unsigned i;

    for (i = 0; i < bytes; i++)
        at[i] = (uint8_t)(value >> 8 * i);
}

static void sevenzip_read(const uint8_t *archive, size_t length)
{
    struct sevendir dir;
    size_t size;
    uint8_t *directory = sevenzip_directory(archive, length, &size);
    uint64_t files = 0;
    unsigned i;

    if (!directory)
        return;
    if (sevendir_read(&dir, directory, size, length)) {
        for (i = 0; i < dir.folder_count; i++) {
            const struct sevendir_folder *folder = &dir.folders[i];

            if (folder->at > length || folder->packed > length - folder->at)
                abort();
            files += folder->files;
        }
        if (files != dir.file_count)
            abort();
    }
    sevendir_free(&dir);
    free(directory);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const size_t packed = size > 1 ? data[0] % size : 0;
    uint8_t *archive;
    size_t length;

    if (size < 2 || size > 65536)
        return 0;
    length = SEVENZIP_HEAD + size - 1;
    archive = calloc(1, length);
    if (!archive)
        return 0;
    memcpy(archive, "7z\xbc\xaf\x27\x1c\0\4", 8);
    memcpy(archive + SEVENZIP_HEAD, data + 1, size - 1);
    sevenzip_put(archive + 12, packed, 8);
    sevenzip_put(archive + 20, size - 1 - packed, 8);
    sevenzip_put(archive + 28,
                 crc32(0, archive + SEVENZIP_HEAD + packed, (uInt)(size - 1 - packed)), 4);
    sevenzip_put(archive + 8, crc32(0, archive + 12, 20), 4);
    sevenzip_read(archive, length);
    pipeline_run(archive, length, "", "", 0);
    free(archive);
    return 0;
}
