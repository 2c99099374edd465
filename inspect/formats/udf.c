/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * UDF, the file system of optical discs and of the images that Windows mounts
 * by double click: its files, one by one, through libudfread. It is opened
 * where it stands alone and where it stands beside an ISO 9660 tree, which may
 * show other files: Windows goes by UDF, libclamav by ISO 9660.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <udfread/blockinput.h>
#include <udfread/udfread.h>

#include "inspect/inspection.h"

#define UDF_DEPTH 32 /* directories in directories */
#define UDF_PIECE (32 * UDF_BLOCK_SIZE)

/* An image in memory, as libudfread asks for it. */
struct udf_image {
    struct udfread_block_input input; /* first, so that one is the other */
    const uint8_t *data;
    size_t length;
};

struct udf_walk {
    struct inspection *in;
    const struct object *object;
    uint64_t unpacked, members;
    char name[OBJECT_NAME_MAX]; /* the directories so far, and a member's name */
};

static int udf_image_read(struct udfread_block_input *input, uint32_t block, void *out,
                          uint32_t blocks, int flags)
{
    const struct udf_image *image = (const struct udf_image *)input;
    uint64_t available = image->length / UDF_BLOCK_SIZE;

    (void)flags;
    if (block >= available)
        return 0;
    if (blocks > available - block)
        blocks = (uint32_t)(available - block);
    memcpy(out, image->data + (size_t)block * UDF_BLOCK_SIZE, (size_t)blocks * UDF_BLOCK_SIZE);
    return (int)blocks;
}

static uint32_t udf_image_size(struct udfread_block_input *input)
{
    return (uint32_t)(((const struct udf_image *)input)->length / UDF_BLOCK_SIZE);
}

/* Returns REASON_NONE, a ceiling, MEMORY, or CONTAINER when the file ended early. */
static enum reason udf_read(struct udf_walk *walk, UDFFILE *file, struct buffer *buffer)
{
    const int64_t size = udfread_file_size(file);

    if (size < 0)
        return REASON_CONTAINER;
    while (buffer->length < (uint64_t)size) {
        enum reason reason;
        uint8_t *room =
            inspection_room(walk->in, walk->object, walk->unpacked, buffer, UDF_PIECE, &reason);
        ssize_t got;

        if (room == NULL)
            return reason;
        got = udfread_file_read(file, room, UDF_PIECE);
        if (got <= 0)
            return REASON_CONTAINER;
        buffer->length += (size_t)got;
        walk->unpacked += (uint64_t)got;
    }
    return REASON_NONE;
}

static void udf_member(struct udf_walk *walk, UDFDIR *directory, const char *name)
{
    char path[WIRE_PART_MAX];
    struct buffer buffer = BUFFER_INIT;
    struct object member = {.path = path, .depth = walk->object->depth + 1, .name = name};
    UDFFILE *file = udfread_file_openat(directory, name);
    enum reason reason;

    inspection_path(path, walk->object, kind_name(KIND_UDF), walk->name);
    if (file == NULL) {
        inspection_note(walk->in, &member, REASON_CONTAINER, "a file that cannot be opened");
        return;
    }
    reason = udf_read(walk, file, &buffer);
    udfread_file_close(file);
    member.data = buffer.data;
    member.length = buffer.length;
    if (buffer.length > 0)
        inspection_object(walk->in, &member);
    if (reason != REASON_NONE)
        inspection_note(walk->in, &member, reason, "a file that is cut or damaged");
    buffer_free(&buffer);
}

static void udf_directory(struct udf_walk *walk, UDFDIR *directory, unsigned depth)
{
    const size_t before = strlen(walk->name);
    struct udfread_dirent entry;

    if (directory == NULL || depth >= UDF_DEPTH) {
        inspection_note(walk->in, walk->object,
                        directory == NULL ? REASON_CONTAINER : REASON_LIMIT_RECURSION,
                        "a directory");
        return;
    }
    while (!inspection_over(walk->in) && udfread_readdir(directory, &entry) != NULL) {
        if (strcmp(entry.d_name, ".") == 0 || strcmp(entry.d_name, "..") == 0)
            continue;
        if (++walk->members > (uint64_t)walk->in->job->settings->max_files) {
            inspection_note(walk->in, walk->object, REASON_LIMIT_FILES, NULL);
            return;
        }
        snprintf(walk->name + before, sizeof walk->name - before, "%s%s", before > 0 ? "/" : "",
                 entry.d_name);
        if (entry.d_type == UDF_DT_DIR) {
            UDFDIR *inner = udfread_opendir_at(directory, entry.d_name);

            udf_directory(walk, inner, depth + 1);
            udfread_closedir(inner);
        } else {
            udf_member(walk, directory, entry.d_name);
        }
        walk->name[before] = '\0';
    }
}

void udf_open(struct inspection *in, const struct object *object)
{
    struct udf_image image = {.input = {.read = udf_image_read, .size = udf_image_size},
                              .data = object->data,
                              .length = object->length};
    struct udf_walk walk = {.in = in, .object = object};
    udfread *volume = udfread_init();
    UDFDIR *root;

    if (volume == NULL) {
        inspection_note(in, object, REASON_MEMORY, NULL);
        return;
    }
    if (udfread_open_input(volume, &image.input) < 0) {
        inspection_note(in, object, REASON_CONTAINER, "a UDF volume that cannot be read");
    } else {
        root = udfread_opendir(volume, "/");
        udf_directory(&walk, root, 0);
        udfread_closedir(root);
    }
    udfread_close(volume);
}
