/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/directory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/text.h"
#include "updater/content.h"
#include "updater/cvd.h"
#include "updater/disk_space.h"
#include "updater/hex.h"

struct asking {
    struct run *run;
    const struct source *source;
    struct offer *offer;
    int fd;        /* of the directory */
    uint64_t left; /* bytes that may still come */
};

/* A name as it may stand in a message. */
struct shown {
    char text[160];
};

static struct shown directory_show(const char *name)
{
    struct shown shown = {""};

    text_copy(shown.text, sizeof shown.text, name, strlen(name));
    return shown;
}

/* Whoever may write here decides what is found: only root and the user of the updater. */
static int directory_check_rights(const struct stat *st, const char *what, struct fault *fault)
{
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return fault_set(fault, RESULT_REFUSED,
                         "%s belongs to the user %u; it must belong to root or to the user of the "
                         "updater (%u)",
                         what, (unsigned)st->st_uid, (unsigned)geteuid());
    if (st->st_mode & (S_IWGRP | S_IWOTH))
        return fault_set(fault, RESULT_REFUSED,
                         "%s can be written by others (mode %04o); do: chmod go-w", what,
                         (unsigned)st->st_mode & 07777u);
    return 0;
}

/* Opens one file and looks at what it is. Returns its descriptor, or -1 and fault. */
static int directory_open_file(const struct asking *asking, const char *name, struct stat *st,
                               struct fault *fault)
{
    struct shown shown = directory_show(name);
    int fd = openat(asking->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

    if (fd < 0 && errno == ELOOP)
        return fault_set(fault, RESULT_REFUSED, "%s is a symbolic link: put the file itself there",
                         shown.text);
    if (fd < 0)
        return fault_sys(fault, "cannot read %s", shown.text);
    if (fstat(fd, st) < 0)
        fault_sys(fault, "cannot look at %s", shown.text);
    else if (!S_ISREG(st->st_mode))
        fault_set(fault, RESULT_REFUSED, "%s is no regular file", shown.text);
    else if (directory_check_rights(st, shown.text, fault) < 0)
        ;
    else if (st->st_size == 0)
        fault_set(fault, RESULT_REFUSED, "%s is empty", shown.text);
    else if ((uint64_t)st->st_size > asking->left)
        fault_set(fault, RESULT_REFUSED, "with %s it is over maxSize, %" PRIu64 " bytes",
                  shown.text, asking->source->max_size);
    else
        return fd;
    close(fd);
    return -1;
}

/* Copies the open file to `part`. One that grows meanwhile is cut off and refused. */
static int directory_copy(int fd, const char *part, uint64_t size, struct fault *fault)
{
    static char block[65536];
    int to = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    uint64_t done = 0;
    int result = -1;

    if (to < 0)
        return fault_sys(fault, "cannot open %s", part);
    while (done <= size) {
        ssize_t n = pread(fd, block, sizeof block, (off_t)done);
        if (n == 0)
            break;
        if (n < 0 || write(to, block, (size_t)n) != n) {
            fault_sys(fault, "cannot copy to %s", part);
            goto out;
        }
        done += (uint64_t)n;
    }
    if (done != size) {
        fault_set(fault, RESULT_REFUSED, "a file changed while it was read");
        goto out;
    }
    result = 0;
out:
    if (close(to) < 0 && result == 0)
        result = fault_sys(fault, "cannot write %s", part);
    if (result < 0)
        unlink(part);
    return result;
}

/* Sees to it that the file's bytes are where fetched ones are. */
static int directory_bring(const struct asking *asking, int fd, struct index_file *file,
                           struct fault *fault)
{
    const struct store *store = &asking->run->store;
    uint8_t before[HEX_SHA256];
    char path[STATE_PATH_MAX];

    if (asking->run->check || content_find(store, file, &asking->run->current, path))
        return 0;
    memcpy(before, file->sha256, sizeof before);
    snprintf(path, sizeof path, "%.600s/directory-%s-%s.part", store->fetch, asking->source->name,
             file->name);
    if (directory_copy(fd, path, file->size, fault) < 0)
        return -1;
    file->version = cvd_version(path);
    if (content_adopt(store, path, file, fault) < 0)
        return -1;
    if (memcmp(before, file->sha256, sizeof before) != 0)
        return fault_set(fault, RESULT_REFUSED, "%s changed while it was read", file->name);
    return 0;
}

static int directory_take(struct asking *asking, const char *name, struct fault *fault)
{
    struct index_file file = {.version = 0};
    struct stat st;
    int result = -1;

    if (index_check_name(name, &fault->err) < 0 ||
        sources_allows(asking->source, name, &fault->err) < 0)
        return fault_as(fault, RESULT_REFUSED);
    if (asking->offer->set.count == DIRECTORY_FILES_MAX)
        return fault_set(fault, RESULT_REFUSED, "it holds more than %d files", DIRECTORY_FILES_MAX);
    int fd = directory_open_file(asking, name, &st, fault);
    if (fd < 0)
        return -1;
    text_fit(file.name, sizeof file.name, name);
    if (hex_sha256_fd(fd, file.sha256, &file.size, &fault->err) < 0) {
        fault_as(fault, RESULT_DISK);
    } else if (file.size != (uint64_t)st.st_size) {
        fault_set(fault, RESULT_REFUSED, "%s changed while it was read", file.name);
    } else if (directory_bring(asking, fd, &file, fault) == 0) {
        asking->left -= file.size;
        result = set_add(&asking->offer->set, &file, asking->source->name, fault);
    }
    close(fd);
    return result;
}

static int directory_compare(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* All names but hidden ones, sorted, so that the first fault is always the same one. Returns how
 * many (free each and the list), or -1 and fault. */
static int directory_list(int fd, char ***names_r, struct fault *fault)
{
    int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), count = 0;
    DIR *dir = own < 0 ? NULL : fdopendir(own);
    char **names = calloc(DIRECTORY_ENTRIES_MAX, sizeof *names);
    struct dirent *entry;

    *names_r = names;
    if (!dir || !names) {
        fault_sys(fault, "cannot read it");
        if (own >= 0 && !dir)
            close(own);
        goto fail;
    }
    while (errno = 0, (entry = readdir(dir)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        if (count == DIRECTORY_ENTRIES_MAX) {
            fault_set(fault, RESULT_REFUSED, "it holds more than %d names", DIRECTORY_ENTRIES_MAX);
            goto fail;
        }
        names[count] = strdup(entry->d_name);
        if (!names[count++]) {
            fault_set(fault, RESULT_FAILED, "not enough memory");
            goto fail;
        }
    }
    if (errno) {
        fault_sys(fault, "cannot read it");
        goto fail;
    }
    closedir(dir);
    qsort(names, (size_t)count, sizeof *names, directory_compare);
    return count;
fail:
    if (dir)
        closedir(dir);
    for (int i = 0; names && i < DIRECTORY_ENTRIES_MAX; i++)
        free(names[i]);
    free(names);
    return -1;
}

static int directory_read(struct asking *asking, struct fault *fault)
{
    const char *path = asking->source->path;
    struct stat st;
    char **names = NULL;
    int count = -1, result = -1;

    asking->fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (asking->fd < 0 || fstat(asking->fd, &st) < 0)
        fault_sys(fault, "cannot open it as a directory");
    else if (directory_check_rights(&st, "it", fault) == 0)
        count = directory_list(asking->fd, &names, fault);
    for (int i = 0; i < count; i++) {
        result = i == 0 || result == 0 ? directory_take(asking, names[i], fault) : -1;
        free(names[i]);
    }
    if (count == 0)
        result = 0;
    if (count >= 0)
        free(names);
    if (asking->fd >= 0)
        close(asking->fd);
    return result < 0 ? err_prefix(&fault->err, "%s", path) : 0;
}

int directory_ask(struct run *run, const struct source *source, struct offer *offer,
                  struct fault *fault)
{
    struct asking asking = {
        .run = run, .source = source, .offer = offer, .fd = -1, .left = source->max_size};
    uint8_t there[INDEX_SHA256], here[INDEX_SHA256];

    snprintf(offer->mirror, sizeof offer->mirror, "%s", source->path);
    if (!run->check && disk_space_check(run, 0, fault) < 0)
        return -1;
    if (directory_read(&asking, fault) < 0)
        return -1;
    set_digest(&offer->set, source->name, there);
    set_digest(&run->current.set, source->name, here);
    offer->result = memcmp(there, here, sizeof here) == 0 ? RESULT_CURRENT : RESULT_UPDATED;
    offer->fresh = run->now;
    set_versions(&run->current.set, source->name, offer->before, sizeof offer->before);
    set_versions(&offer->set, source->name, offer->after, sizeof offer->after);
    return 0;
}
