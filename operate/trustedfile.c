/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/trustedfile.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define TRUSTEDFILE_LINE_MAX 4096 /* bytes of a file that holds one line */

static int trustedfile_check(int fd, const char *path, enum trustedfile_kind kind, struct err *err)
{
    struct stat st;

    if (fstat(fd, &st) < 0)
        return err_sys(err, "cannot look at %s", path);
    if (!S_ISREG(st.st_mode))
        return err_set(err, "%s is not a file", path);
    if (st.st_uid != 0 && st.st_uid != geteuid())
        return err_set(err, "%s belongs to somebody else than root and the monitor's user", path);
    if (st.st_mode & 022)
        return err_set(err, "%s can be written by others: chmod go-w", path);
    if (kind == TRUSTEDFILE_SECRET && st.st_mode & 07)
        return err_set(err, "%s can be read by others: chmod 640 or less", path);
    if (kind == TRUSTEDFILE_PROGRAM && access(path, X_OK) < 0)
        return err_sys(err, "%s cannot be executed", path);
    return 0;
}

int trustedfile_open(const char *path, enum trustedfile_kind kind, struct err *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

    if (fd < 0)
        return err_sys(err, "cannot read %s", path);
    if (trustedfile_check(fd, path, kind, err) == 0)
        return fd;
    close(fd);
    return -1;
}

int trustedfile_read(const char *path, enum trustedfile_kind kind, struct buf *text,
                     struct err *err)
{
    char piece[4096];
    int fd = trustedfile_open(path, kind, err), status = -1;
    ssize_t got;

    if (fd < 0)
        return -1;
    while ((got = read(fd, piece, sizeof piece)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            err_sys(err, "cannot read %s", path);
            goto out;
        }
        if (memchr(piece, '\0', (size_t)got)) {
            err_set(err, "%s is not a text", path);
            goto out;
        }
        if (buf_add(text, piece, (size_t)got) < 0) {
            err_set(err, "%s is larger than %zu bytes", path, text->ceiling);
            goto out;
        }
    }
    status = 0;
out:
    OPENSSL_cleanse(piece, sizeof piece);
    close(fd);
    return status;
}

int trustedfile_line(const char *path, enum trustedfile_kind kind, char *line, size_t size,
                     struct err *err)
{
    struct buf text;
    int status = -1;

    buf_init(&text, TRUSTEDFILE_LINE_MAX);
    if (trustedfile_read(path, kind, &text, err) == 0) {
        const char *at = buf_text(&text) + strspn(buf_text(&text), " \t");
        size_t length = strcspn(at, "\r\n");
        size_t behind = length + strspn(at + length, "\r\n \t");
        while (length && (at[length - 1] == ' ' || at[length - 1] == '\t'))
            length--;
        if (!length || length >= size || at[behind]) {
            err_set(err, "%s: one line of 1 to %zu characters is expected", path, size - 1);
        } else {
            memcpy(line, at, length);
            line[length] = '\0';
            status = 0;
        }
    }
    if (text.data)
        OPENSSL_cleanse(text.data, text.length);
    buf_free(&text);
    return status;
}
