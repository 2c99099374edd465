/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/orphans.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PART_AGE (7 * 86400) /* seconds a partial download is kept for */

/* Removes the entries of a directory that `unwanted` says. Returns 0, or -1 and fault. */
static int orphans_sweep(const struct run *run, const char *directory,
                         int (*unwanted)(const struct run *run, const char *name,
                                         const struct stat *st),
                         struct fault *fault)
{
    DIR *dir = opendir(directory);
    struct dirent *entry;
    int result = 0;

    if (!dir)
        return errno == ENOENT ? 0 : fault_sys(fault, "cannot read the directory %s", directory);
    while (result == 0 && (entry = readdir(dir)) != NULL) {
        char path[STATE_PATH_MAX];
        struct stat st;

        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
            fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
            !unwanted(run, entry->d_name, &st))
            continue;
        snprintf(path, sizeof path, "%.600s/%s", directory, entry->d_name);
        result = state_remove(path, fault);
    }
    closedir(dir);
    return result;
}

/* In .bases: what is built but not yet a generation, and a link that never came to its place. */
static int orphans_unwanted_root(const struct run *run, const char *name, const struct stat *st)
{
    char directory[STATE_PATH_MAX];
    size_t length = strlen(name);

    if (strcmp(name, "new") == 0 || strcmp(name, "tmp") == 0 || strcmp(name, "link") == 0 ||
        strncmp(name, "gone-", 5) == 0)
        return 1;
    if (strncmp(name, "gen-", 4) != 0)
        return 0;
    if (S_ISLNK(st->st_mode))
        return 1;
    /* a lock file without its generation */
    if (length > 5 && strcmp(name + length - 5, ".lock") == 0) {
        snprintf(directory, sizeof directory, "%.600s/%.*s", run->store.root, (int)length - 5,
                 name);
        return access(directory, F_OK) < 0;
    }
    return 0;
}

static int orphans_unwanted_fetch(const struct run *run, const char *name, const struct stat *st)
{
    (void)name;
    return S_ISDIR(st->st_mode) || st->st_mtime < run->now - PART_AGE;
}

/* In the state directory: files that were not renamed, descriptions of what is not there. */
static int orphans_unwanted_state(const struct run *run, const char *name, const struct stat *st)
{
    char directory[STATE_PATH_MAX];
    size_t length = strlen(name);

    if (!S_ISREG(st->st_mode))
        return 0;
    if (length > 4 && strcmp(name + length - 4, ".new") == 0)
        return 1;
    if (strncmp(name, "gen-", 4) != 0)
        return 0;
    snprintf(directory, sizeof directory, "%.600s/%s", run->store.root, name);
    return access(directory, F_OK) < 0;
}

/* A generation that nobody ever served: the run ended between building and switching. */
static int orphans_never_served(const struct run *run, uint64_t number, struct fault *fault)
{
    struct generation generation;
    int found;

    if (generation_load(&run->store, number, &generation, &found, fault) < 0)
        return 0;
    int never = !found || !generation.confirmed;
    generation_free(&generation);
    return never;
}

static int orphans_delete_never_served(const struct run *run, struct fault *fault)
{
    uint64_t numbers[GENERATIONS_MAX], current = generation_current(&run->store);
    int count = generation_list(&run->store, numbers, fault), busy;

    for (int i = 0; i < count; i++)
        if (numbers[i] != current && orphans_never_served(run, numbers[i], fault) &&
            generation_delete(&run->store, numbers[i], &busy, fault) < 0)
            return -1;
    return count < 0 ? -1 : 0;
}

int orphans_clean(const struct run *run, struct fault *fault)
{
    if (orphans_sweep(run, run->store.root, orphans_unwanted_root, fault) < 0 ||
        orphans_sweep(run, run->store.fetch, orphans_unwanted_fetch, fault) < 0 ||
        orphans_delete_never_served(run, fault) < 0)
        return -1;
    return orphans_sweep(run, run->store.state, orphans_unwanted_state, fault);
}

/* Whole downloads are named by their hash alone; they are in the generation now. */
static int orphans_unwanted_whole(const struct run *run, const char *name, const struct stat *st)
{
    (void)run;
    (void)st;
    return strlen(name) == 64 && strchr(name, '.') == NULL;
}

int orphans_retire(const struct run *run, struct fault *fault)
{
    uint64_t numbers[GENERATIONS_MAX], current = generation_current(&run->store);
    int count = generation_list(&run->store, numbers, fault), busy;

    if (count < 0)
        return -1;
    for (int i = 0; i < count - (int)run->settings->keep; i++) {
        if (numbers[i] == current)
            continue;
        if (generation_delete(&run->store, numbers[i], &busy, fault) < 0)
            return -1;
        if (busy)
            run_note(run, "generation %" PRIu64 " is still being read; the next run removes it",
                     numbers[i]);
    }
    return orphans_sweep(run, run->store.fetch, orphans_unwanted_whole, fault);
}
