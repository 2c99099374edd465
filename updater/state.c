/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/writeall.h"

#define REMOVE_DEPTH 4

int state_sync_path(const char *path, struct fault *fault)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return fault_sys(fault, "cannot open %s", path);
    int result = fsync(fd) < 0 ? fault_sys(fault, "cannot flush %s to the disk", path) : 0;
    close(fd);
    return result;
}

int state_write(const char *directory, const char *name, const struct buf *text,
                struct fault *fault)
{
    char path[STATE_PATH_MAX], temporary[STATE_PATH_MAX];

    if (text->failed)
        return fault_set(fault, RESULT_FAILED, "%s/%s would be too large", directory, name);
    snprintf(path, sizeof path, "%s/%s", directory, name);
    if ((size_t)snprintf(temporary, sizeof temporary, "%s/%s.new", directory, name) >=
        sizeof temporary)
        return fault_set(fault, RESULT_CONFIG, "the path %s is too long", directory);

    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return fault_sys(fault, "cannot write %s", temporary);
    int failed = writeall(fd, buf_text(text), text->length) < 0 || fsync(fd) < 0;
    if (failed)
        fault_sys(fault, "cannot write %s", temporary);
    if (close(fd) < 0 && !failed) {
        failed = 1;
        fault_sys(fault, "cannot write %s", temporary);
    }
    if (!failed && rename(temporary, path) < 0) {
        failed = 1;
        fault_sys(fault, "cannot put %s in place", path);
    }
    if (failed) {
        unlink(temporary);
        return -1;
    }
    return state_sync_path(directory, fault);
}

int state_read(const char *directory, const char *name,
               void (*line)(void *context, const char *key, char *value), void *context,
               int *found_r, struct fault *fault)
{
    char path[STATE_PATH_MAX];
    char *text = NULL;
    size_t size = 0, total = 0;
    ssize_t n;

    if (found_r)
        *found_r = 0;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "re");
    if (!file)
        return errno == ENOENT ? 0 : fault_sys(fault, "cannot open %s", path);
    if (found_r)
        *found_r = 1;
    while ((n = getline(&text, &size, file)) > 0 && (total += (size_t)n) <= STATE_SIZE_MAX) {
        char *value = text + strcspn(text, " \n");

        text[strcspn(text, "\n")] = '\0';
        if (*value)
            *value++ = '\0';
        if (text[0])
            line(context, text, value);
    }
    int failed = ferror(file);
    free(text);
    fclose(file);
    return failed ? fault_set(fault, RESULT_DISK, "cannot read %s", path) : 0;
}

int state_make_directory(const char *path, struct fault *fault)
{
    struct stat st;

    if (mkdir(path, 0755) == 0)
        return 0;
    if (errno != EEXIST)
        return fault_sys(fault, "cannot make the directory %s", path);
    if (stat(path, &st) < 0 || !S_ISDIR(st.st_mode))
        return fault_set(fault, RESULT_CONFIG, "%s is there, but not a directory", path);
    return 0;
}

uint64_t state_number(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    if (digits == 0 || digits > 19 || (text[digits] != '\0' && text[digits] != ' '))
        return 0;
    uint64_t number = strtoull(text, NULL, 10);
    return number > INT64_MAX ? 0 : number; /* times and versions are signed elsewhere */
}

static int state_remove_at(int parent, const char *name, int depth)
{
    struct dirent *entry;

    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return 0;
    if ((errno != EISDIR && errno != EPERM) || depth == 0)
        return -1;
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return -1;
    }
    int result = 0;
    while (result == 0 && (entry = readdir(dir)) != NULL)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            result = state_remove_at(dirfd(dir), entry->d_name, depth - 1);
    closedir(dir);
    return result < 0 ? -1 : unlinkat(parent, name, AT_REMOVEDIR);
}

int state_remove(const char *path, struct fault *fault)
{
    return state_remove_at(AT_FDCWD, path, REMOVE_DEPTH) < 0
               ? fault_sys(fault, "cannot remove %s", path)
               : 0;
}
