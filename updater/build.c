/* SPDX-License-Identifier: GPL-2.0-or-later */
/* build: a new generation in .bases/new, of hard links to what is there already. */
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "updater/content.h"
#include "updater/generation_dir.h"
#include "updater/hex.h"
#include "updater/links.h"

static int build_file(const struct store *store, const struct index_file *file,
                      const struct generation *from, struct fault *fault)
{
    char source[STATE_PATH_MAX], target[STATE_PATH_MAX];
    uint8_t sha256[HEX_SHA256];
    uint64_t size;

    if (!content_find(store, file, from, source))
        return fault_set(fault, RESULT_DISK, "%s is no longer on the disk as it was", file->name);
    snprintf(target, sizeof target, "%.600s/%s", store->fresh, file->name);
    if (links_make(source, target) < 0)
        return fault_sys(fault, "cannot link %s to %s", source, target);
    /* The files that lie there now count. */
    if (hex_sha256_file(target, sha256, &size, &fault->err) < 0)
        return fault_as(fault, RESULT_DISK);
    if (size != file->size || memcmp(sha256, file->sha256, sizeof sha256) != 0)
        return fault_set(fault, RESULT_DISK, "%s changed on the disk while it was used", source);
    return 0;
}

int generation_build(const struct store *store, const struct set *set,
                     const struct generation *from, struct fault *fault)
{
    if (state_remove(store->fresh, fault) < 0)
        return -1;
    if (mkdir(store->fresh, 0755) < 0)
        return fault_sys(fault, "cannot make the directory %s", store->fresh);
    for (size_t i = 0; i < set->count; i++)
        if (build_file(store, &set->files[i].file, from, fault) < 0)
            return -1;
    return state_sync_path(store->fresh, fault);
}
