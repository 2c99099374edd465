/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/content.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "updater/hex.h"

static int content_is_it(const char *path, const struct index_file *file)
{
    uint8_t sha256[HEX_SHA256];
    struct stat st;
    struct err ignored;
    uint64_t size;

    if (stat(path, &st) < 0 || (uint64_t)st.st_size != file->size)
        return 0;
    return hex_sha256_file(path, sha256, &size, &ignored) == 0 && size == file->size &&
           memcmp(sha256, file->sha256, sizeof sha256) == 0;
}

int content_find(const struct store *store, const struct index_file *file,
                 const struct generation *in, char path[STATE_PATH_MAX])
{
    char directory[STATE_PATH_MAX];

    store_object_path(store, file->sha256, "", path);
    if (content_is_it(path, file))
        return 1;
    store_generation_path(store, in->number, directory);
    for (size_t i = 0; i < in->set.count; i++) {
        const struct index_file *there = &in->set.files[i].file;

        if (memcmp(there->sha256, file->sha256, sizeof file->sha256) != 0)
            continue;
        snprintf(path, STATE_PATH_MAX, "%.600s/%s", directory, there->name);
        if (content_is_it(path, file))
            return 1;
    }
    return 0;
}

static int content_keep(const struct store *store, const char *part, const struct index_file *file,
                        struct fault *fault)
{
    char path[STATE_PATH_MAX];

    store_object_path(store, file->sha256, "", path);
    if (state_sync_path(part, fault) < 0)
        return -1;
    if (rename(part, path) < 0)
        return fault_sys(fault, "cannot put %s in place", path);
    return 0;
}

int content_accept(const struct store *store, const char *part, const struct index_file *file,
                   int *same_r, struct fault *fault)
{
    *same_r = content_is_it(part, file);
    if (!*same_r)
        return state_remove(part, fault);
    return content_keep(store, part, file, fault);
}

int content_adopt(const struct store *store, const char *part, struct index_file *file,
                  struct fault *fault)
{
    if (hex_sha256_file(part, file->sha256, &file->size, &fault->err) < 0)
        return fault_as(fault, RESULT_DISK);
    return content_keep(store, part, file, fault);
}
