/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/migratefile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEPT ".before-migrate"

/* The whole file with a NUL behind it, freed by the caller; or NULL and err. */
static char *migratefile_read(const char *path, size_t *length_r, struct err *err)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    char *text = NULL;
    struct stat st;
    size_t length = 0;

    if (fd < 0 || fstat(fd, &st) < 0) {
        err_sys(err, "cannot read %.400s", path);
        goto out;
    }
    if (!S_ISREG(st.st_mode)) {
        err_set(err, "%.400s is no regular file", path);
        goto out;
    }
    text = malloc(MIGRATEFILE_MAX + 2);
    if (!text) {
        err_set(err, "out of memory");
        goto out;
    }
    for (ssize_t n; length <= MIGRATEFILE_MAX; length += (size_t)n) {
        n = read(fd, text + length, MIGRATEFILE_MAX + 1 - length);
        if (n == 0)
            break;
        if (n < 0 && errno == EINTR)
            n = 0;
        else if (n < 0) {
            err_sys(err, "cannot read %.400s", path);
            goto fail;
        }
    }
    if (length > MIGRATEFILE_MAX) {
        err_set(err, "%.400s is over %u bytes", path, MIGRATEFILE_MAX);
        goto fail;
    }
    text[length] = '\0';
    *length_r = length;
    goto out;
fail:
    free(text);
    text = NULL;
out:
    if (fd >= 0)
        close(fd);
    return text;
}

int migratefile_each(struct migration *m, const char *path,
                     void (*take)(struct migration *m, char *line), struct err *err)
{
    size_t length = 0;
    unsigned number = 0;
    char *text = migratefile_read(path, &length, err);

    if (!text)
        return -1;
    for (char *line = text, *end; line < text + length; line = end + 1) {
        end = memchr(line, '\n', (size_t)(text + length - line));
        if (!end)
            end = text + length;
        *end = '\0';
        migration_at(m, path, ++number, line);
        if (strlen(line) != (size_t)(end - line))
            migration_remark(m, "left out: the line holds a NUL byte");
        else if (end - line > MIGRATEFILE_LINE_MAX)
            migration_remark(m, "left out: the line is over %d bytes", MIGRATEFILE_LINE_MAX);
        else
            take(m, line);
    }
    free(text);
    return 0;
}

/* The name that a file gets which is replaced. */
static int migratefile_kept(char *kept, const char *path, struct err *err)
{
    if (snprintf(kept, PATH_MAX, "%s" KEPT, path) >= PATH_MAX - 16)
        return err_set(err, "%.400s… is too long for the name of a file", path);
    return 0;
}

int migratefile_check(const char *path, bool replace, struct err *err)
{
    char kept[PATH_MAX];
    struct stat st;

    if (migratefile_kept(kept, path, err) < 0)
        return -1;
    if (lstat(path, &st) < 0)
        return errno == ENOENT ? 0 : err_sys(err, "cannot look at %.400s", path);
    if (!replace)
        return err_set(err,
                       "%.400s exists and is not overwritten: with --replace it is kept as "
                       "%.400s",
                       path, kept);
    if (!S_ISREG(st.st_mode))
        return err_set(err, "%.400s is no regular file", path);
    if (lstat(kept, &st) == 0 || errno != ENOENT)
        return err_set(err, "%.400s exists already: move it away first", kept);
    return 0;
}

/* Writes all of it to the disk. */
static int migratefile_fill(int fd, const char *path, const char *text, struct err *err)
{
    size_t left = strlen(text);

    while (left) {
        ssize_t n = write(fd, text, left);
        if (n < 0 && errno != EINTR)
            return err_sys(err, "cannot write %.400s", path);
        if (n > 0) {
            text += n;
            left -= (size_t)n;
        }
    }
    if (fchmod(fd, 0644) < 0 || fsync(fd) < 0)
        return err_sys(err, "cannot write %.400s", path);
    return 0;
}

int migratefile_write(const char *path, const char *text, bool replace, struct err *err)
{
    char kept[PATH_MAX], temporary[PATH_MAX];
    struct stat st;
    int result = -1;

    if (migratefile_check(path, replace, err) < 0 || migratefile_kept(kept, path, err) < 0)
        return -1;
    snprintf(temporary, sizeof temporary, "%.*s.XXXXXX", PATH_MAX - 16, path);
    int fd = mkostemp(temporary, O_CLOEXEC);
    if (fd < 0)
        return err_sys(err, "cannot write %.400s", temporary);
    if (migratefile_fill(fd, temporary, text, err) < 0)
        goto out;
    /* Only what is kept under its other name is replaced; link(2) never takes a name away. */
    bool exists = replace && lstat(path, &st) == 0;
    if (exists && link(path, kept) < 0) {
        err_sys(err, "cannot keep %.400s as %.400s", path, kept);
        goto out;
    }
    if ((exists ? rename(temporary, path) : link(temporary, path)) < 0) {
        err_sys(err, "cannot write %.400s", path);
        goto out;
    }
    result = 0;
out:
    close(fd);
    unlink(temporary);
    return result;
}
