/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/clamint.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define SIGS_CHUNK      65536
#define SIGS_CVD_HEADER 512
#define SIGS_NEEDLE     "fuzzy_img#"

static int clamsigs_suffix(const char *name, const char *suffix)
{
    size_t length = strlen(name), tail = strlen(suffix);

    return length > tail && strcmp(name + length - tail, suffix) == 0;
}

static int clamsigs_official(const char *name)
{
    return clamsigs_suffix(name, ".cvd") || clamsigs_suffix(name, ".cld");
}

/* Searches what gzread gives, which is the bytes themselves for a file that is not compressed.
 * A .cvd is a header of 512 bytes and then a compressed tar, a .cld often a plain one. */
static int clamsigs_search(const char *path, int official)
{
    const size_t needle = sizeof SIGS_NEEDLE - 1;
    char *chunk = malloc(SIGS_CHUNK + needle);
    int fd = open(path, O_RDONLY | O_CLOEXEC), found = 0, got;
    gzFile stream = NULL;
    size_t kept = 0;

    if (chunk == NULL || fd < 0 || lseek(fd, official ? SIGS_CVD_HEADER : 0, SEEK_SET) < 0)
        goto out;
    stream = gzdopen(fd, "rb");
    if (stream == NULL)
        goto out;
    while (!found && (got = gzread(stream, chunk + kept, SIGS_CHUNK)) > 0) {
        size_t length = kept + (size_t)got;

        found = memmem(chunk, length, SIGS_NEEDLE, needle) != NULL;
        kept = length < needle - 1 ? length : needle - 1;
        memmove(chunk, chunk + length - kept, kept);
    }
out:
    if (stream != NULL)
        gzclose(stream); /* and the descriptor */
    else if (fd >= 0)
        close(fd);
    free(chunk);
    return found;
}

int clamsigs_uses_fuzzy_img(const char *directory)
{
    DIR *dir = opendir(directory);
    const struct dirent *entry;
    int found = 0;

    if (dir == NULL)
        return 0;
    while (!found && (entry = readdir(dir)) != NULL) {
        char path[4096];

        /* Only logical signatures can have the keyword. */
        if (!clamsigs_official(entry->d_name) && !clamsigs_suffix(entry->d_name, ".ldb") &&
            !clamsigs_suffix(entry->d_name, ".ldu"))
            continue;
        if (snprintf(path, sizeof path, "%s/%s", directory, entry->d_name) < (int)sizeof path)
            found = clamsigs_search(path, clamsigs_official(entry->d_name));
    }
    closedir(dir);
    return found;
}

static int clamsigs_compare(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int clamsigs_filter(const struct dirent *entry)
{
    return clamsigs_official(entry->d_name);
}

void clamsigs_versions(const char *directory, struct clam_info *info)
{
    struct dirent **entries = NULL;
    int count = scandir(directory, &entries, clamsigs_filter, clamsigs_compare), i;
    size_t used = 0;

    for (i = 0; i < count; i++) {
        char path[4096];
        struct cl_cvd *cvd = NULL;

        if (snprintf(path, sizeof path, "%s/%s", directory, entries[i]->d_name) < (int)sizeof path)
            cvd = cl_cvdhead(path);
        if (cvd != NULL) {
            if (cvd->stime > info->built_at)
                info->built_at = cvd->stime;
            if (used < sizeof info->versions)
                used += (size_t)snprintf(info->versions + used, sizeof info->versions - used,
                                         "%s%.*s %u", used ? ", " : "",
                                         (int)(strlen(entries[i]->d_name) - 4), entries[i]->d_name,
                                         cvd->version);
            cl_cvdfree(cvd);
        }
        free(entries[i]);
    }
    free(entries);
}
