/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "kasp/walk.h"

#include <errno.h>
#include <fts.h>
#include <stdint.h>
#include <string.h>
#include <sys/types.h>
#include <sys/stat.h>

static int walk_compare(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

int walk_files(const char *directory, void (*file)(void *data, const char *path),
               void (*failed)(void *data, const char *path, int error), void *data)
{
    char *const roots[] = {(char *)(uintptr_t)directory, NULL};
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, walk_compare);
    FTSENT *entry;

    if (!tree) {
        failed(data, directory, errno);
        return -1;
    }
    errno = 0;
    while ((entry = fts_read(tree))) {
        if (entry->fts_info == FTS_F)
            file(data, entry->fts_path);
        else if (entry->fts_info == FTS_DNR || entry->fts_info == FTS_ERR ||
                 entry->fts_info == FTS_NS)
            failed(data, entry->fts_path, entry->fts_errno);
        errno = 0;
    }
    int error = errno;
    fts_close(tree);
    if (!error)
        return 0;
    failed(data, directory, error);
    return -1;
}
