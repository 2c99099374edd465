/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/activate.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bases.h"
#include "updater/content.h"
#include "updater/links.h"

#define OLD_DIRECTORY "data"         /* signatures of installations before Bases */
#define OLD_DATES     "modifieddate" /* their dates; nothing needs them any more */
#define IMPORTED      "imported"     /* the state file that says it was done */

int activate_switch(const struct store *store, uint64_t number, struct fault *fault)
{
    char target[64], link[STATE_PATH_MAX];

    snprintf(target, sizeof target, BASES_STORE "/gen-%" PRIu64, number);
    snprintf(link, sizeof link, "%.600s/link", store->root);
    if (state_remove(link, fault) < 0)
        return -1;
    if (symlink(target, link) < 0)
        return fault_sys(fault, "cannot make the link %s", link);
    if (rename(link, store->bases) < 0)
        return fault_sys(fault, "cannot switch %s to %s", store->bases, target);
    return state_sync_path(store->parent, fault);
}

/* Swaps the directory Bases with a link to where it will then be. */
static int activate_exchange(const struct store *store, uint64_t number, struct fault *fault)
{
    char path[STATE_PATH_MAX], lock[STATE_PATH_MAX + 8], target[64];

    store_generation_path(store, number, path);
    snprintf(lock, sizeof lock, "%s.lock", path);
    snprintf(target, sizeof target, BASES_STORE "/gen-%" PRIu64, number);
    int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return fault_sys(fault, "cannot make %s", lock);
    close(fd);
    if (symlink(target, path) < 0)
        return fault_sys(fault, "cannot make the link %s", path);
    if (renameat2(AT_FDCWD, store->bases, AT_FDCWD, path, RENAME_EXCHANGE) < 0) {
        if (errno == EINVAL || errno == ENOSYS)
            return fault_set(
                fault, RESULT_CONFIG,
                "the directory %s cannot be swapped with a link on this file system: stop "
                "the scanner, rename the directory to %s/data, and start again",
                store->bases, store->parent);
        return fault_sys(fault, "cannot make the directory %s generation %" PRIu64, store->bases,
                         number);
    }
    if (state_sync_path(store->root, fault) < 0)
        return -1;
    return state_sync_path(store->parent, fault);
}

int activate_take_over(struct run *run, struct fault *fault)
{
    struct store *store = &run->store;
    struct generation generation = {.number = 0};
    struct stat st;
    int result = -1;

    if (lstat(store->bases, &st) < 0)
        return errno == ENOENT ? 0 : fault_sys(fault, "cannot look at %s", store->bases);
    if (S_ISLNK(st.st_mode)) {
        if (generation_current(store) > 0)
            return 0;
        return fault_set(
            fault, RESULT_CONFIG,
            "%s is a link, but not to one of this program's generations: remove the link "
            "(or put the directory itself in its place, which is then taken over)",
            store->bases);
    }
    if (!S_ISDIR(st.st_mode))
        return fault_set(fault, RESULT_CONFIG, "%s is neither a directory nor a link",
                         store->bases);

    run_step(run, "take-over", store->bases);
    if (generation_survey(store->bases, &generation, fault) < 0)
        goto out;
    generation.number = generation_next(store, fault);
    generation.created = run->now;
    generation.confirmed = 1;
    if (generation.number == 0 || generation_save(store, &generation, fault) < 0 ||
        activate_exchange(store, generation.number, fault) < 0)
        goto out;
    run_note(run, "the directory %s with %zu signature files is now generation %" PRIu64,
             store->bases, generation.set.count, generation.number);
    result = 0;
out:
    generation_free(&generation);
    return result;
}

/* Gives one old file the place of a fetched one. */
static int activate_import_file(struct run *run, const char *directory,
                                const struct index_file *file, struct fault *fault)
{
    char from[STATE_PATH_MAX], to[STATE_PATH_MAX];

    snprintf(from, sizeof from, "%.600s/%s", directory, file->name);
    store_object_path(&run->store, file->sha256, "", to);
    if (content_find(&run->store, file, &run->current, to))
        return 0;
    store_object_path(&run->store, file->sha256, "", to);
    if (state_remove(to, fault) < 0)
        return -1;
    return links_make(from, to) < 0 ? fault_sys(fault, "cannot link %s to %s", from, to) : 0;
}

int activate_import(struct run *run, struct set *set, struct fault *fault)
{
    struct generation old = {.number = 0};
    char directory[STATE_PATH_MAX], done[STATE_PATH_MAX];
    struct stat st;
    size_t added = 0;
    int result = -1;

    snprintf(directory, sizeof directory, "%.600s/" OLD_DIRECTORY, run->store.parent);
    snprintf(done, sizeof done, "%.600s/" IMPORTED, run->store.state);
    if (access(done, F_OK) == 0 || lstat(directory, &st) < 0 || !S_ISDIR(st.st_mode))
        return 0;
    run_step(run, "import", directory);
    if (generation_survey(directory, &old, fault) < 0)
        goto out;
    for (size_t i = 0; i < old.set.count; i++) {
        const struct index_file *file = &old.set.files[i].file;

        if (set_find(&run->current.set, file->name))
            continue;
        if (activate_import_file(run, directory, file, fault) < 0 ||
            set_add(set, file, SET_LOCAL, fault) < 0)
            goto out;
        added++;
    }
    if (added > 0 && set_add_all(set, &run->current.set, SET_LOCAL, fault) < 0)
        goto out;
    run_note(
        run,
        "%zu signature files of the old directory %s are imported; it and %s are no longer used",
        added, directory, OLD_DATES);
    result = added > 0;
    if (added == 0 && activate_imported(&run->store, fault) < 0)
        result = -1;
out:
    generation_free(&old);
    return result;
}

int activate_imported(const struct store *store, struct fault *fault)
{
    struct buf text;

    buf_init(&text, 256);
    buf_adds(&text, "directories " OLD_DIRECTORY " and " OLD_DATES " are no longer used\n");
    int result = state_write(store->state, IMPORTED, &text, fault);
    buf_free(&text);
    return result;
}
