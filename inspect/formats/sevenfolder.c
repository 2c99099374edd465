/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * 7z archives with a filter that libarchive does not know (Delta, ARM64): each folder is unpacked
 * by liblzma. If that comes to the end of them all, with the right sums, nothing is left for
 * libarchive; else its word counts, as for all other archives.
 */
#include "config.h"

#include "inspect/inspection.h"

#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "inspect/formats/sevendir.h"
#include "inspect/le.h"
#include "inspect/names.h"
#include "inspect/window.h"

#define SEVENFOLDER_BLOCK   65536u
#define SEVENFOLDER_FILTERS (SEVENDIR_CODERS + 1)
#define SEVENFOLDER_DELTA   0x03
#define SEVENFOLDER_ARM64   0x0a
#define SEVENFOLDER_LZMA1   0x030101
#define SEVENFOLDER_LZMA2   0x21

/* 7-Zip's identifiers of liblzma's filters. */
static const struct sevenfolder_filter {
    uint64_t id;
    lzma_vli filter;
    bool news; /* libarchive does not know it */
} sevenfolder_known[] = {
    {SEVENFOLDER_DELTA, LZMA_FILTER_DELTA, true},
    {SEVENFOLDER_LZMA1, LZMA_FILTER_LZMA1, false},
    {SEVENFOLDER_LZMA2, LZMA_FILTER_LZMA2, false},
#ifdef LZMA_FILTER_LZMA1EXT /* without it these keep back the last bytes */
    {SEVENFOLDER_ARM64, LZMA_FILTER_ARM64, true},
    {0x04, LZMA_FILTER_X86, false},
    {0x05, LZMA_FILTER_POWERPC, false},
    {0x07, LZMA_FILTER_ARM, false},
    {0x08, LZMA_FILTER_ARMTHUMB, false},
    {0x09, LZMA_FILTER_SPARC, false},
    {0x03030103, LZMA_FILTER_X86, false},
    {0x03030205, LZMA_FILTER_POWERPC, false},
    {0x03030501, LZMA_FILTER_ARM, false},
    {0x03030701, LZMA_FILTER_ARMTHUMB, false},
    {0x03030805, LZMA_FILTER_SPARC, false},
#endif
};

/* The options of one folder's filters. */
struct sevenfolder_options {
    lzma_filter filters[SEVENFOLDER_FILTERS];
    lzma_options_lzma lzma;
    lzma_options_delta delta[SEVENDIR_CODERS];
};

static const struct sevenfolder_filter *sevenfolder_find(uint64_t id)
{
    size_t i;

    for (i = 0; i < sizeof sevenfolder_known / sizeof sevenfolder_known[0]; i++)
        if (sevenfolder_known[i].id == id)
            return &sevenfolder_known[i];
    return NULL;
}

/* No decoder needs a larger dictionary than the content has bytes. */
static uint32_t sevenfolder_dictionary(uint64_t asked, uint64_t size)
{
    const uint64_t least = asked < size ? asked : size;

    return least < LZMA_DICT_SIZE_MIN ? LZMA_DICT_SIZE_MIN : (uint32_t)least;
}

static bool sevenfolder_lzma1(const struct sevendir_coder *coder, uint64_t size,
                              struct sevenfolder_options *options, lzma_filter *filter)
{
    lzma_options_lzma *lzma = &options->lzma;
    const uint8_t *properties = coder->properties;

    if (coder->property_bytes != 5 || properties[0] >= 9 * 5 * 5)
        return false;
    lzma->lc = properties[0] % 9;
    lzma->lp = properties[0] / 9 % 5;
    lzma->pb = properties[0] / 45;
    lzma->dict_size = sevenfolder_dictionary(le32(properties + 1), size);
#ifdef LZMA_FILTER_LZMA1EXT
    filter->id = LZMA_FILTER_LZMA1EXT;
    lzma->ext_flags = LZMA_LZMA1EXT_ALLOW_EOPM;
    lzma_set_ext_size(*lzma, size);
#endif
    filter->options = lzma;
    return true;
}

static bool sevenfolder_lzma2(const struct sevendir_coder *coder, uint64_t size,
                              struct sevenfolder_options *options, lzma_filter *filter)
{
    unsigned code;

    if (coder->property_bytes != 1 || coder->properties[0] > 40)
        return false;
    code = coder->properties[0];
    options->lzma.dict_size =
        sevenfolder_dictionary(UINT64_C(1) * (2u | (code & 1)) << (code / 2 + 11), size);
    filter->options = &options->lzma;
    return true;
}

static bool sevenfolder_delta(const struct sevendir_coder *coder, lzma_options_delta *delta,
                              lzma_filter *filter)
{
    if (coder->property_bytes != 1)
        return false;
    delta->type = LZMA_DELTA_TYPE_BYTE;
    delta->dist = coder->properties[0] + 1u;
    filter->options = delta;
    return true;
}

/* liblzma's filters for a folder: LZMA is the last of them. */
static bool sevenfolder_options(const struct sevendir_folder *folder,
                                struct sevenfolder_options *options)
{
    unsigned i;

    memset(options, 0, sizeof *options);
    if (folder->is_closed)
        return false;
    for (i = 0; i < folder->count; i++) {
        const struct sevendir_coder *coder = &folder->coders[i];
        const struct sevenfolder_filter *known = sevenfolder_find(coder->id);
        const bool is_lzma = coder->id == SEVENFOLDER_LZMA1 || coder->id == SEVENFOLDER_LZMA2;
        lzma_filter *filter = &options->filters[i];
        bool is_right;

        if (!known || is_lzma != (i == folder->count - 1))
            return false;
        filter->id = known->filter;
        if (coder->id == SEVENFOLDER_LZMA1)
            is_right = sevenfolder_lzma1(coder, folder->size, options, filter);
        else if (coder->id == SEVENFOLDER_LZMA2)
            is_right = sevenfolder_lzma2(coder, folder->size, options, filter);
        else if (coder->id == SEVENFOLDER_DELTA)
            is_right = sevenfolder_delta(coder, &options->delta[i], filter);
        else
            is_right = coder->property_bytes == 0;
        if (!is_right)
            return false;
    }
    options->filters[i].id = LZMA_VLI_UNKNOWN;
    return true;
}

/* Unpacks a folder. true if all its bytes came. */
static bool sevenfolder_unpack(struct inspection *in, const struct object *object,
                               const struct sevendir_folder *folder, struct buffer *out)
{
    struct sevenfolder_options options;
    lzma_stream stream = LZMA_STREAM_INIT;
    lzma_ret code = LZMA_OK;
    enum reason reason;

    if (!sevenfolder_options(folder, &options) || folder->size > in->budget.file_max ||
        lzma_raw_decoder(&stream, options.filters) != LZMA_OK)
        return false;
    stream.next_in = object->data + folder->at;
    stream.avail_in = (size_t)folder->packed;
    while (code == LZMA_OK && out->length < folder->size && !inspection_over(in)) {
        const uint64_t left = folder->size - out->length;

        stream.next_out = inspection_room(in, object, out->length, out, SEVENFOLDER_BLOCK, &reason);
        if (!stream.next_out)
            break;
        stream.avail_out = left < SEVENFOLDER_BLOCK ? (size_t)left : SEVENFOLDER_BLOCK;
        out->length += stream.avail_out;
        code = lzma_code(&stream, LZMA_FINISH);
        out->length -= stream.avail_out;
    }
    lzma_end(&stream);
    return out->length == folder->size;
}

static void sevenfolder_name(const struct sevendir_file *file, char name[OBJECT_NAME_MAX])
{
    name[0] = '\0';
    if (file->name)
        names_convert(name, OBJECT_NAME_MAX, "UTF-16LE", (const char *)file->name,
                      file->name_bytes);
}

/* A folder's files. false if the sum of one is wrong. */
static bool sevenfolder_files(struct inspection *in, const struct object *object,
                              const struct sevendir_file *files, unsigned count,
                              const struct buffer *out)
{
    size_t at = 0;
    bool is_right = true;
    unsigned i;

    for (i = 0; i < count && !inspection_over(in); i++) {
        char name[OBJECT_NAME_MAX], path[WIRE_PART_MAX];
        struct object member = {.data = out->data + at,
                                .length = (size_t)files[i].size,
                                .name = name,
                                .path = path,
                                .depth = object->depth + 1};

        at += member.length;
        sevenfolder_name(&files[i], name);
        inspection_trick(in, name);
        inspection_path(path, object, kind_name(KIND_7Z), name);
        if (!name[0])
            member.name = NULL;
        if (member.length > 0)
            inspection_object(in, &member);
        is_right &=
            !files[i].has_crc || crc32_z(0, member.length > 0 ? member.data : (const uint8_t *)"",
                                         member.length) == files[i].crc;
    }
    return is_right;
}

/* Does libarchive give up on it for a filter? */
static bool sevenfolder_is_new(const struct sevendir *dir)
{
    unsigned i, j;

    for (i = 0; i < dir->folder_count; i++)
        for (j = 0; !dir->folders[i].is_closed && j < dir->folders[i].count; j++) {
            const struct sevenfolder_filter *known = sevenfolder_find(dir->folders[i].coders[j].id);

            if (known && known->news)
                return true;
        }
    return false;
}

/* true if everything in it was unpacked and inspected. */
static bool sevenfolder_all(struct inspection *in, const struct object *object)
{
    struct sevendir dir = {0};
    const struct sevendir_file *files;
    size_t size;
    uint8_t *directory = sevenzip_directory(object->data, object->length, &size);
    bool is_whole = directory && sevendir_read(&dir, directory, size, object->length) &&
                    dir.file_count <= (unsigned)in->job->settings->max_files &&
                    sevenfolder_is_new(&dir);
    unsigned i;

    files = dir.files;
    for (i = 0; is_whole && i < dir.folder_count && !inspection_over(in); i++) {
        struct buffer out = BUFFER_INIT;

        is_whole = sevenfolder_unpack(in, object, &dir.folders[i], &out) &&
                   sevenfolder_files(in, object, files, dir.folders[i].files, &out);
        files += dir.folders[i].files;
        buffer_free(&out);
    }
    sevendir_free(&dir);
    free(directory);
    return is_whole && !inspection_over(in);
}

void sevenfolder_open(struct inspection *in, const struct object *object)
{
    if (!sevenfolder_all(in, object) && !inspection_over(in))
        container_open(in, object);
}
