/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/generation_dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/bases.h"
#include "common/text.h"
#include "updater/cvd.h"
#include "updater/hex.h"

/* N of "gen-N", 0 for anything else. */
static uint64_t generation_dir_number_of(const char *name)
{
    if (strncmp(name, "gen-", 4) != 0 || name[4] < '1' || name[4] > '9' ||
        name[4 + strspn(name + 4, "0123456789")] != '\0')
        return 0;
    return state_number(name + 4);
}

uint64_t generation_current(const struct store *store)
{
    char target[STATE_PATH_MAX];
    static const char start[] = BASES_STORE "/";
    ssize_t length = readlink(store->bases, target, sizeof target - 1);

    if (length < 0)
        return 0;
    target[length] = '\0';
    return strncmp(target, start, sizeof start - 1) == 0
               ? generation_dir_number_of(target + sizeof start - 1)
               : 0;
}

static int generation_dir_compare_numbers(const void *one, const void *other)
{
    const uint64_t *a = one, *b = other;

    return *a < *b ? -1 : *a > *b;
}

/* Numbers of all "gen-N" in a directory that are directories, or that are not. */
static int generation_dir_list_numbers(const char *directory, int directories,
                                       uint64_t numbers[GENERATIONS_MAX], struct fault *fault)
{
    struct dirent *entry;
    int count = 0;
    DIR *dir = opendir(directory);

    if (!dir)
        return errno == ENOENT ? 0 : fault_sys(fault, "cannot read the directory %s", directory);
    while ((entry = readdir(dir)) != NULL && count < GENERATIONS_MAX) {
        struct stat st;
        uint64_t number = generation_dir_number_of(entry->d_name);

        if (number && fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISDIR(st.st_mode) == directories)
            numbers[count++] = number;
    }
    closedir(dir);
    qsort(numbers, (size_t)count, sizeof *numbers, generation_dir_compare_numbers);
    return count;
}

int generation_list(const struct store *store, uint64_t numbers[GENERATIONS_MAX],
                    struct fault *fault)
{
    return generation_dir_list_numbers(store->root, 1, numbers, fault);
}

static void generation_dir_on_next_line(void *context, const char *key, char *value)
{
    uint64_t *next = context;

    if (strcmp(key, "next") == 0)
        *next = state_number(value);
}

uint64_t generation_next(const struct store *store, struct fault *fault)
{
    uint64_t numbers[GENERATIONS_MAX], next = 0;
    int count = generation_list(store, numbers, fault);
    struct buf text;

    if (count < 0 ||
        state_read(store->state, "next", generation_dir_on_next_line, &next, NULL, fault) < 0)
        return 0;
    if (next == 0)
        next = 1;
    if (count > 0 && numbers[count - 1] >= next)
        next = numbers[count - 1] + 1;

    /* Taken before it is used: a number is never given twice, whatever happens now. */
    buf_init(&text, 64);
    buf_addf(&text, "next %" PRIu64 "\n", next + 1);
    int result = state_write(store->state, "next", &text, fault);
    buf_free(&text);
    return result < 0 ? 0 : next;
}

static void generation_dir_line_file(struct generation *generation, char *value)
{
    struct index_file file = {.size = 0};
    char sha256[HEX_SHA256_TEXT], source[SOURCES_NAME_MAX + 1];
    struct fault ignored;

    if (sscanf(value, "%96s %" SCNu64 " %64s %" SCNu64 " %32s", file.name, &file.size, sha256,
               &file.version, source) == 5 &&
        hex_decode(sha256, file.sha256, sizeof file.sha256) == 0)
        set_add(&generation->set, &file, source, &ignored);
}

static void generation_dir_on_line(void *context, const char *key, char *value)
{
    struct generation *generation = context;

    if (strcmp(key, "created") == 0)
        generation->created = (int64_t)state_number(value);
    else if (strcmp(key, "signatures") == 0)
        generation->signatures = state_number(value);
    else if (strcmp(key, "confirmed") == 0)
        generation->confirmed = strcmp(value, "yes") == 0;
    else if (strcmp(key, "file") == 0)
        generation_dir_line_file(generation, value);
    else if (strcmp(key, "source") == 0) {
        const char *name = strsep(&value, " ");
        generation_set_serial(generation, name, value ? state_number(value) : 0);
    }
}

static void generation_dir_description_name(uint64_t number, char name[64])
{
    snprintf(name, 64, "gen-%" PRIu64, number);
}

int generation_load(const struct store *store, uint64_t number, struct generation *generation,
                    int *found_r, struct fault *fault)
{
    char name[64];

    memset(generation, 0, sizeof *generation);
    *found_r = 0;
    if (number == 0)
        return 0;
    generation_dir_description_name(number, name);
    generation->number = number;
    return state_read(store->state, name, generation_dir_on_line, generation, found_r, fault);
}

int generation_save(const struct store *store, const struct generation *generation,
                    struct fault *fault)
{
    char name[64], sha256[HEX_SHA256_TEXT];
    struct buf text;

    buf_init(&text, STATE_SIZE_MAX);
    buf_addf(&text, "created %" PRId64 "\nsignatures %" PRIu64 "\nconfirmed %s\n",
             generation->created, generation->signatures, generation->confirmed ? "yes" : "no");
    for (size_t i = 0; i < generation->source_count; i++)
        buf_addf(&text, "source %s %" PRIu64 "\n", generation->sources[i].name,
                 generation->sources[i].serial);
    for (size_t i = 0; i < generation->set.count; i++) {
        const struct index_file *file = &generation->set.files[i].file;

        buf_addf(&text, "file %s %" PRIu64 " %s %" PRIu64 " %s\n", file->name, file->size,
                 hex_encode(file->sha256, sizeof file->sha256, sha256), file->version,
                 generation->set.files[i].source);
    }
    generation_dir_description_name(generation->number, name);
    int result = state_write(store->state, name, &text, fault);
    buf_free(&text);
    return result;
}

int generation_survey(const char *directory, struct generation *generation, struct fault *fault)
{
    DIR *dir = opendir(directory);
    struct dirent *entry;
    int result = 0;

    if (!dir)
        return fault_sys(fault, "cannot read the directory %s", directory);
    while (result == 0 && (entry = readdir(dir)) != NULL) {
        struct index_file file = {.size = 0};
        char path[STATE_PATH_MAX];

        if (index_check_name(entry->d_name, &fault->err) < 0)
            continue;
        text_fit(file.name, sizeof file.name, entry->d_name); /* its length was checked */
        snprintf(path, sizeof path, "%.600s/%.96s", directory, entry->d_name);
        result = hex_sha256_file(path, file.sha256, &file.size, &fault->err);
        if (result < 0)
            fault_as(fault, RESULT_DISK);
        else if (file.size > 0 && !set_find(&generation->set, file.name)) {
            file.version = cvd_version(path);
            result = set_add(&generation->set, &file, SET_LOCAL, fault);
        }
    }
    closedir(dir);
    return result;
}

uint64_t generation_serial(const struct generation *generation, const char *source)
{
    for (size_t i = 0; i < generation->source_count; i++)
        if (strcmp(generation->sources[i].name, source) == 0)
            return generation->sources[i].serial;
    return 0;
}

void generation_set_serial(struct generation *generation, const char *source, uint64_t serial)
{
    struct generation_source *slot = NULL;

    for (size_t i = 0; i < generation->source_count && !slot; i++)
        if (strcmp(generation->sources[i].name, source) == 0)
            slot = &generation->sources[i];
    if (!slot && generation->source_count < SOURCES_MAX)
        slot = &generation->sources[generation->source_count++];
    if (!slot)
        return;
    snprintf(slot->name, sizeof slot->name, "%s", source);
    slot->serial = serial;
}

int generation_publish(const struct store *store, uint64_t number, struct fault *fault)
{
    char path[STATE_PATH_MAX], lock[STATE_PATH_MAX + 8];

    store_generation_path(store, number, path);
    snprintf(lock, sizeof lock, "%s.lock", path);
    int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return fault_sys(fault, "cannot make %s", lock);
    close(fd);
    if (rename(store->fresh, path) < 0)
        return fault_sys(fault, "cannot make %s generation %" PRIu64, store->fresh, number);
    return state_sync_path(store->root, fault);
}

int generation_delete(const struct store *store, uint64_t number, int *busy_r, struct fault *fault)
{
    char path[STATE_PATH_MAX], lock[STATE_PATH_MAX + 8], going[STATE_PATH_MAX], name[64];

    *busy_r = 0;
    store_generation_path(store, number, path);
    snprintf(lock, sizeof lock, "%s.lock", path);
    snprintf(going, sizeof going, "%.600s/gone-%" PRIu64, store->root, number);
    int fd = open(lock, O_RDWR | O_CLOEXEC);
    if (fd >= 0 && bases_lock(fd, F_WRLCK) < 0) {
        *busy_r = 1;
        close(fd);
        return 0;
    }
    /* A reader that waits for the lock finds the directory gone and looks at the link again. */
    int result = 0;
    if (rename(path, going) < 0 && errno != ENOENT)
        result = fault_sys(fault, "cannot put %s away", path);
    if (result == 0)
        result = state_remove(going, fault);
    if (result == 0)
        result = state_remove(lock, fault);
    if (fd >= 0)
        close(fd);
    generation_dir_description_name(number, name);
    snprintf(going, sizeof going, "%.600s/%.64s", store->state, name);
    return result < 0 ? -1 : state_remove(going, fault);
}

void generation_free(struct generation *generation)
{
    set_free(&generation->set);
    memset(generation, 0, sizeof *generation);
}
