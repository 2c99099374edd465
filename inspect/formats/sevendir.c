/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/sevendir.h"

#include <stdlib.h>
#include <string.h>

/* What the parts of a directory begin with. */
#define SEVENDIR_END        0x00
#define SEVENDIR_HEADER     0x01
#define SEVENDIR_STREAMS    0x04
#define SEVENDIR_FILE_INFO  0x05
#define SEVENDIR_PACKED     0x06
#define SEVENDIR_UNPACKED   0x07
#define SEVENDIR_SUBSTREAMS 0x08
#define SEVENDIR_SIZES      0x09
#define SEVENDIR_SUMS       0x0a
#define SEVENDIR_FOLDER     0x0b
#define SEVENDIR_CODER_SIZE 0x0c
#define SEVENDIR_COUNTS     0x0d
#define SEVENDIR_EMPTY      0x0e
#define SEVENDIR_NAMES      0x11

#define SEVENDIR_BOUND (SEVENDIR_CODERS * 2) /* inputs of a folder's coders */

/* ------------------------------------------------------------ packed bytes */

struct sevendir_packed {
    uint64_t at; /* from the archive's beginning */
    struct sevenzip_bytes sizes;
    unsigned count;
};

static bool sevendir_packed(struct sevenzip_bytes *bytes, size_t length,
                            struct sevendir_packed *packed)
{
    const uint8_t *bits;
    unsigned i;
    uint32_t crc;
    bool has;
    int part;

    packed->at = sevenzip_number(bytes);
    if (packed->at > length - SEVENZIP_HEAD ||
        !sevenzip_count(bytes, SEVENDIR_FOLDERS, &packed->count) ||
        !sevenzip_is(bytes, SEVENDIR_SIZES))
        return false;
    packed->at += SEVENZIP_HEAD;
    packed->sizes = *bytes;
    for (i = 0; i < packed->count; i++)
        if (sevenzip_number(bytes) > length)
            return false;
    part = sevenzip_byte(bytes);
    if (part == SEVENDIR_SUMS) {
        if (!sevenzip_bits(bytes, packed->count, &bits))
            return false;
        for (i = 0; i < packed->count; i++)
            if (!sevenzip_sum(bytes, bits, i, &crc, &has))
                return false;
        part = sevenzip_byte(bytes);
    }
    return part == SEVENDIR_END;
}

/* Gives a folder its packed bytes. */
static bool sevendir_place(struct sevendir_packed *packed, struct sevendir_folder *folder,
                           size_t length)
{
    unsigned i;

    folder->at = packed->at;
    for (i = 0; i < folder->streams; i++) {
        const uint64_t size = packed->count-- > 0 ? sevenzip_number(&packed->sizes) : UINT64_MAX;

        if (size > length - packed->at)
            return false;
        packed->at += size;
    }
    folder->packed = packed->at - folder->at;
    return true;
}

/* ----------------------------------------------------------------- folders */

static bool sevendir_coder(struct sevenzip_bytes *bytes, struct sevendir_coder *coder,
                           unsigned *inputs_r, unsigned *outputs_r)
{
    const int flags = sevenzip_byte(bytes);
    const uint8_t *id;
    unsigned i;

    if (flags < 0 || (flags & 0xc0) || (flags & 15) > 8)
        return false;
    id = sevenzip_take(bytes, flags & 15);
    if (!id)
        return false;
    for (coder->id = 0, i = 0; i < (unsigned)(flags & 15); i++)
        coder->id = coder->id << 8 | id[i];
    *inputs_r = *outputs_r = 1;
    if ((flags & 0x10) && (!sevenzip_count(bytes, SEVENDIR_BOUND, inputs_r) ||
                           !sevenzip_count(bytes, SEVENDIR_BOUND, outputs_r)))
        return false;
    coder->properties = NULL;
    coder->property_bytes = 0;
    if (flags & 0x20) {
        coder->property_bytes = (size_t)sevenzip_number(bytes);
        coder->properties = sevenzip_take(bytes, coder->property_bytes);
        return coder->properties;
    }
    return true;
}

/* Brings the coders into the order in which the last one's bytes come about, if they are a chain.
 */
static void sevendir_chain(struct sevendir_folder *folder, const unsigned source[SEVENDIR_CODERS])
{
    struct sevendir_coder listed[SEVENDIR_CODERS];
    unsigned seen = 0, i, at;

    memcpy(listed, folder->coders, sizeof listed);
    for (i = 0; i < folder->count; i++)
        if (source[i] < folder->count)
            seen |= 1u << source[i];
    for (at = 0; at < folder->count && (seen >> at & 1);)
        at++;
    folder->last = at;
    for (i = 0; i < folder->count && at < folder->count; i++) {
        folder->coders[i] = listed[at];
        at = source[at];
    }
    folder->is_closed |= folder->last == folder->count || i < folder->count;
}

static bool sevendir_bonds(struct sevenzip_bytes *bytes, struct sevendir_folder *folder,
                           unsigned inputs, unsigned outputs)
{
    unsigned source[SEVENDIR_CODERS], i, input, output;

    if (outputs == 0 || inputs < outputs - 1)
        return false;
    for (i = 0; i < SEVENDIR_CODERS; i++)
        source[i] = SEVENDIR_CODERS;
    for (i = 0; i < outputs - 1; i++) {
        if (!sevenzip_count(bytes, inputs, &input) || !sevenzip_count(bytes, outputs, &output))
            return false;
        if (input < SEVENDIR_CODERS && output < SEVENDIR_CODERS)
            source[input] = output;
    }
    folder->streams = inputs - (outputs - 1);
    if (folder->streams > 1)
        for (i = 0; i < folder->streams; i++)
            if (!sevenzip_count(bytes, inputs, &input))
                return false;
    folder->is_closed |= folder->streams != 1;
    sevendir_chain(folder, source);
    return true;
}

static bool sevendir_folder(struct sevenzip_bytes *bytes, struct sevendir_folder *folder)
{
    unsigned i, inputs, outputs, all_inputs = 0, all_outputs = 0;

    if (!sevenzip_count(bytes, SEVENDIR_CODERS, &folder->count) || folder->count == 0)
        return false;
    for (i = 0; i < folder->count; i++) {
        if (!sevendir_coder(bytes, &folder->coders[i], &inputs, &outputs) || outputs != 1)
            return false;
        folder->is_closed |= inputs != 1;
        all_inputs += inputs;
        all_outputs += outputs;
    }
    return sevendir_bonds(bytes, folder, all_inputs, all_outputs);
}

static bool sevendir_folder_sizes(struct sevenzip_bytes *bytes, struct sevendir *dir)
{
    unsigned i, j;

    for (i = 0; i < dir->folder_count; i++) {
        struct sevendir_folder *folder = &dir->folders[i];

        for (j = 0; j < folder->count; j++)
            folder->sizes[j] = sevenzip_number(bytes);
        folder->size = folder->last < folder->count ? folder->sizes[folder->last] : 0;
        if (folder->size == UINT64_MAX)
            return false;
        folder->files = 1;
    }
    return true;
}

static bool sevendir_folders(struct sevenzip_bytes *bytes, struct sevendir *dir,
                             struct sevendir_packed *packed, size_t length)
{
    const uint8_t *bits;
    unsigned i;
    int part;

    if (!sevenzip_is(bytes, SEVENDIR_FOLDER) ||
        !sevenzip_count(bytes, SEVENDIR_FOLDERS, &dir->folder_count) || !sevenzip_is(bytes, 0))
        return false;
    dir->folders = calloc(dir->folder_count + 1, sizeof *dir->folders);
    if (!dir->folders)
        return false;
    for (i = 0; i < dir->folder_count; i++)
        if (!sevendir_folder(bytes, &dir->folders[i]) ||
            !sevendir_place(packed, &dir->folders[i], length))
            return false;
    if (!sevenzip_is(bytes, SEVENDIR_CODER_SIZE) || !sevendir_folder_sizes(bytes, dir))
        return false;
    part = sevenzip_byte(bytes);
    if (part == SEVENDIR_SUMS) {
        if (!sevenzip_bits(bytes, dir->folder_count, &bits))
            return false;
        for (i = 0; i < dir->folder_count; i++)
            if (!sevenzip_sum(bytes, bits, i, &dir->folders[i].crc, &dir->folders[i].has_crc))
                return false;
        part = sevenzip_byte(bytes);
    }
    return part == SEVENDIR_END;
}

/* ------------------------------------------------------------------- files */

static bool sevendir_file_counts(struct sevenzip_bytes *bytes, struct sevendir *dir, int *part)
{
    uint64_t count = 0;
    unsigned i;

    for (i = 0; i < dir->folder_count; i++) {
        if (*part == SEVENDIR_COUNTS &&
            !sevenzip_count(bytes, SEVENDIR_FILES, &dir->folders[i].files))
            return false;
        count += dir->folders[i].files;
    }
    if (count > SEVENDIR_FILES)
        return false;
    if (*part == SEVENDIR_COUNTS)
        *part = sevenzip_byte(bytes);
    dir->file_count = (unsigned)count;
    dir->files = calloc(count + 1, sizeof *dir->files);
    return dir->files;
}

/* The size of a folder's last file is not listed. */
static bool sevendir_file_sizes(struct sevenzip_bytes *bytes, struct sevendir *dir, int *part)
{
    struct sevendir_file *file = dir->files;
    unsigned i, j;

    for (i = 0; i < dir->folder_count; i++) {
        uint64_t left = dir->folders[i].size;

        for (j = 1; j < dir->folders[i].files; j++, file++) {
            file->size = *part == SEVENDIR_SIZES ? sevenzip_number(bytes) : UINT64_MAX;
            if (file->size > left)
                return false;
            left -= file->size;
        }
        if (dir->folders[i].files > 0)
            file++->size = left;
    }
    if (*part == SEVENDIR_SIZES)
        *part = sevenzip_byte(bytes);
    return true;
}

static bool sevendir_file_sums(struct sevenzip_bytes *bytes, struct sevendir *dir, int *part)
{
    struct sevendir_file *file = dir->files;
    const uint8_t *bits = NULL;
    unsigned i, j, unknown = 0;

    for (i = 0; i < dir->folder_count; i++)
        if (dir->folders[i].files != 1 || !dir->folders[i].has_crc)
            unknown += dir->folders[i].files;
    if (*part == SEVENDIR_SUMS && !sevenzip_bits(bytes, unknown, &bits))
        return false;
    for (unknown = 0, i = 0; i < dir->folder_count; i++)
        for (j = 0; j < dir->folders[i].files; j++, file++) {
            file->crc = dir->folders[i].crc;
            file->has_crc = dir->folders[i].files == 1 && dir->folders[i].has_crc;
            if (!file->has_crc && *part == SEVENDIR_SUMS &&
                !sevenzip_sum(bytes, bits, unknown++, &file->crc, &file->has_crc))
                return false;
        }
    if (*part == SEVENDIR_SUMS)
        *part = sevenzip_byte(bytes);
    return true;
}

static bool sevendir_streams(struct sevenzip_bytes *bytes, struct sevendir *dir, size_t length)
{
    struct sevendir_packed packed;
    int part;

    if (!sevenzip_is(bytes, SEVENDIR_PACKED) || !sevendir_packed(bytes, length, &packed) ||
        !sevenzip_is(bytes, SEVENDIR_UNPACKED) || !sevendir_folders(bytes, dir, &packed, length))
        return false;
    part = sevenzip_byte(bytes);
    if (part == SEVENDIR_SUBSTREAMS) {
        part = sevenzip_byte(bytes);
        if (!sevendir_file_counts(bytes, dir, &part) || !sevendir_file_sizes(bytes, dir, &part) ||
            !sevendir_file_sums(bytes, dir, &part) || part != SEVENDIR_END)
            return false;
        part = sevenzip_byte(bytes);
    } else if (!sevendir_file_counts(bytes, dir, &part) ||
               !sevendir_file_sizes(bytes, dir, &part) || !sevendir_file_sums(bytes, dir, &part)) {
        return false;
    }
    return part == SEVENDIR_END;
}

/* Names are listed for files without bytes, too. */
static void sevendir_names(struct sevendir *dir, struct sevenzip_bytes names, const uint8_t *empty,
                           unsigned count)
{
    unsigned i, file = 0;

    if (!sevenzip_is(&names, 0))
        return;
    for (i = 0; i < count && file < dir->file_count; i++) {
        const uint8_t *name = names.at;

        while (names.end - names.at >= 2 && (names.at[0] || names.at[1]))
            names.at += 2;
        if (names.end - names.at < 2)
            return;
        if (!empty || !sevenzip_bit(empty, i)) {
            dir->files[file].name = name;
            dir->files[file++].name_bytes = (size_t)(names.at - name);
        }
        names.at += 2;
    }
}

static bool sevendir_file_info(struct sevenzip_bytes *bytes, struct sevendir *dir)
{
    struct sevenzip_bytes names = {NULL, NULL};
    const uint8_t *empty = NULL, *data;
    const uint64_t count = sevenzip_number(bytes);
    int part;

    while ((part = sevenzip_byte(bytes)) > 0) {
        const uint64_t size = sevenzip_number(bytes);

        data = sevenzip_take(bytes, size);
        if (!data)
            return false;
        if (part == SEVENDIR_NAMES)
            names = (struct sevenzip_bytes){data, data + size};
        else if (part == SEVENDIR_EMPTY && size >= count / 8 + (count % 8 > 0))
            empty = data;
    }
    if (names.at && count <= UINT32_MAX)
        sevendir_names(dir, names, empty, (unsigned)count);
    return part == SEVENDIR_END;
}

bool sevendir_read(struct sevendir *dir, const uint8_t *directory, size_t size, size_t length)
{
    struct sevenzip_bytes bytes = {directory, directory + size};

    memset(dir, 0, sizeof *dir);
    return sevenzip_is(&bytes, SEVENDIR_HEADER) && sevenzip_is(&bytes, SEVENDIR_STREAMS) &&
           sevendir_streams(&bytes, dir, length) && sevenzip_is(&bytes, SEVENDIR_FILE_INFO) &&
           sevendir_file_info(&bytes, dir) && sevenzip_is(&bytes, SEVENDIR_END);
}

void sevendir_free(struct sevendir *dir)
{
    free(dir->folders);
    free(dir->files);
    memset(dir, 0, sizeof *dir);
}
