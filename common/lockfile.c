/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/lockfile.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define LOCKFILE_TRIES    20 /* LOCKFILE_PAUSE_US apart */
#define LOCKFILE_PAUSE_US 50000

static int lockfile_open(const char *path, struct err *err)
{
    struct stat st;
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);

    if (fd < 0)
        return err_sys(err,
                       "cannot open the lock file %s (does its directory exist, and may this "
                       "user write there?)",
                       path);
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) || st.st_nlink > 1) {
        err_set(err, "the lock file %s is not a file of its own", path);
        close(fd);
        return -1;
    }
    if (st.st_mode & 077) /* of an earlier version, or made by hand */
        fchmod(fd, 0600);
    return fd;
}

/* The process that wrote its PID into the file, if it lives. */
static pid_t lockfile_holder(int fd)
{
    char text[16] = "";

    if (pread(fd, text, sizeof text - 1, 0) <= 0)
        return 0;
    long pid = strtol(text, NULL, 10);
    return pid > 1 && (kill((pid_t)pid, 0) == 0 || errno == EPERM) ? (pid_t)pid : 0;
}

bool lockfile_is_current(const char *path, int fd)
{
    struct stat ours, there;

    return fstat(fd, &ours) == 0 && lstat(path, &there) == 0 && ours.st_ino == there.st_ino &&
           ours.st_dev == there.st_dev;
}

void lockfile_sign(int fd)
{
    char text[16];
    int length = snprintf(text, sizeof text, "%ld\n", (long)getpid());

    /* Only for messages: a disk that is full shows elsewhere. */
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)length, 0) < 0)
        errno = 0;
}

int lockfile_take(const char *path, pid_t *holder_r, struct err *err)
{
    *holder_r = 0;
    for (int i = 0; i < LOCKFILE_TRIES; i++) {
        int fd = lockfile_open(path, err);
        if (fd < 0)
            return -1;
        if (flock(fd, LOCK_EX | LOCK_NB) == 0) {
            if (lockfile_is_current(path, fd)) {
                lockfile_sign(fd);
                return fd;
            }
            close(fd); /* its holder removed it as it ended */
            continue;
        }
        int is_held = errno == EWOULDBLOCK || errno == EINTR;
        if (!is_held)
            err_sys(err, "cannot lock %s", path);
        *holder_r = lockfile_holder(fd);
        close(fd);
        if (!is_held)
            return -1;
        if (*holder_r)
            return err_set(err, "process %d holds the lock file %s", (int)*holder_r, path);
        usleep(LOCKFILE_PAUSE_US);
    }
    *holder_r = LOCKFILE_UNKNOWN;
    return err_set(err,
                   "the lock file %s is held, and not by the process that it names "
                   "(\"fuser %s\" shows by whom)",
                   path, path);
}

void lockfile_drop(const char *path, int *fd)
{
    if (*fd < 0)
        return;
    if (lockfile_is_current(path, *fd))
        unlink(path);
    close(*fd);
    *fd = -1;
}
