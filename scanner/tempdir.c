/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "scanner/tempdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPDIR_DEPTH 64 /* directories in directories */

static int tempdir_empty_directory(int fd, dev_t device, int depth);

/* Makes a directory readable for its owner. By its descriptor, which stays the same directory:
 * whoever puts a link in its place meanwhile does not have the mode of another file changed. */
static int tempdir_make_readable(int parent, const char *name)
{
    char path[64];
    int fd = openat(parent, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return -1;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int result = chmod(path, 0700);
    int saved = errno;
    close(fd);
    errno = saved;
    return result;
}

/* Opens a directory for emptying: one that is not readable or writable for its owner is made so. */
static int tempdir_open_directory(int parent, const char *name)
{
    const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(parent, name, flags);

    if (fd < 0 && errno == EACCES && tempdir_make_readable(parent, name) == 0)
        fd = openat(parent, name, flags);
    if (fd >= 0 && fchmod(fd, 0700) < 0) {
        int saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

static int tempdir_remove_entry(int parent, const char *name, dev_t device, int depth)
{
    struct stat st;

    if (fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : -1;
    if (!S_ISDIR(st.st_mode))
        return unlinkat(parent, name, 0);
    if (st.st_dev != device || depth >= TEMPDIR_DEPTH)
        return -1;
    int fd = tempdir_open_directory(parent, name);
    if (fd < 0 || tempdir_empty_directory(fd, device, depth + 1) < 0)
        return -1;
    return unlinkat(parent, name, AT_REMOVEDIR);
}

/* Takes fd. */
static int tempdir_empty_directory(int fd, dev_t device, int depth)
{
    DIR *dir = fdopendir(fd);
    struct dirent *entry;
    int result = 0;

    if (!dir) {
        close(fd);
        return -1;
    }
    while ((entry = readdir(dir)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0 &&
            tempdir_remove_entry(fd, entry->d_name, device, depth) < 0)
            result = -1;
    int saved = errno;
    closedir(dir);
    errno = saved;
    return result;
}

int tempdir_empty(const char *path, struct err *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return errno == ENOENT ? 0 : err_sys(err, "cannot open %s", path);
    if (fstat(fd, &st) < 0) {
        close(fd);
        return err_sys(err, "cannot look at %s", path);
    }
    return tempdir_empty_directory(fd, st.st_dev, 0) < 0 ? err_sys(err, "cannot empty %s", path)
                                                         : 0;
}

int tempdir_make(const char *path, struct err *err)
{
    struct stat st;

    if (mkdir(path, 0700) == 0)
        return 0;
    if (errno != EEXIST)
        return err_sys(err, "cannot make %s", path);
    if (lstat(path, &st) < 0)
        return err_sys(err, "cannot look at %s", path);
    if (!S_ISDIR(st.st_mode) || st.st_uid != geteuid())
        return err_set(err, "%s is in the way: it is not a directory of ours", path);
    if (chmod(path, 0700) < 0)
        return err_sys(err, "cannot close %s to others", path);
    return tempdir_empty(path, err);
}

int tempdir_make_new(const char *prefix, char *path_r, size_t size, struct err *err)
{
    if (snprintf(path_r, size, "%sXXXXXX", prefix) >= (int)size)
        return err_set(err, "the path of Temp is too long");
    return mkdtemp(path_r) ? 0 : err_sys(err, "cannot make %s", path_r);
}

void tempdir_remove_new(const char *prefix)
{
    char parent[PATH_MAX];
    const char *slash = strrchr(prefix, '/');

    if (!slash || snprintf(parent, sizeof parent, "%.*s", (int)(slash - prefix), prefix) >=
                      (int)sizeof parent)
        return;
    tempdir_remove_like(parent, slash + 1);
}

void tempdir_remove(const char *path)
{
    struct err ignored;

    if (tempdir_empty(path, &ignored) == 0)
        rmdir(path);
}

void tempdir_remove_like(const char *parent, const char *prefix)
{
    DIR *dir = opendir(parent);
    struct dirent *entry;
    struct stat st;

    if (!dir)
        return;
    while ((entry = readdir(dir))) {
        char path[PATH_MAX];
        if (strncmp(entry->d_name, prefix, strlen(prefix)) != 0 ||
            fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
            !S_ISDIR(st.st_mode) || st.st_uid != geteuid())
            continue;
        snprintf(path, sizeof path, "%s/%s", parent, entry->d_name);
        tempdir_remove(path);
    }
    closedir(dir);
}
