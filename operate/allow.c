/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/allow.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/control.h"
#include "common/text.h"
#include "common/writeall.h"

#define ALLOW_FILE_MAX     (4u * 1024u * 1024u) /* bytes, as the service takes them */
#define ALLOW_LOCK_MS      10000                /* waited for another command */
#define ALLOW_LOCK_STEP_MS 50

static int allow_read(const char *path, struct buf *text, struct stat *st, struct err *err)
{
    char piece[8192];
    ssize_t got = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        st->st_mode = 0644;
        return errno == ENOENT ? 0 : err_sys(err, "cannot read %s", path);
    }
    while (!text->failed && (got = read(fd, piece, sizeof piece)) > 0)
        buf_add(text, piece, (size_t)got);
    int status = got < 0 || fstat(fd, st) < 0 ? err_sys(err, "cannot read %s", path)
                 : text->failed               ? err_set(err, "%s is too large", path)
                                              : 0;
    close(fd);
    return status;
}

/* True if a line of the text says exactly that. */
static bool allow_has(const char *text, const char *line)
{
    size_t length = strlen(line);

    for (const char *at = text; (at = strstr(at, line)); at += length)
        if ((at == text || at[-1] == '\n') && (at[length] == '\n' || at[length] == '\0'))
            return true;
    return false;
}

/* Writes the new file beside the old one, and puts it in its place. */
static int allow_replace(const char *path, const struct buf *text, const struct stat *st,
                         struct err *err)
{
    char temp[512], before[512];

    snprintf(temp, sizeof temp, "%.480s.new", path);
    snprintf(before, sizeof before, "%.480s.before", path);
    unlink(temp);
    int fd = open(temp, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_sys(err, "cannot write beside %s", path);
    bool is_written =
        writeall(fd, text->data, text->length) == 0 && fchmod(fd, st->st_mode & 0777) == 0 &&
        (!st->st_ino || fchown(fd, geteuid() == 0 ? st->st_uid : (uid_t)-1, st->st_gid) == 0) &&
        fsync(fd) == 0;
    int status = is_written ? 0 : err_sys(err, "cannot write %s", temp);
    close(fd);
    unlink(before);
    if (status == 0 && link(path, before) < 0 && errno != ENOENT)
        status = err_sys(err, "cannot keep %s", before);
    if (status == 0 && rename(temp, path) < 0)
        status = err_sys(err, "cannot replace %s", path);
    if (status < 0)
        unlink(temp);
    return status;
}

/* One command changes the file at a time. Returns a descriptor to close, or -1 and err. */
static int allow_lock(const char *path, struct err *err)
{
    char name[512];

    snprintf(name, sizeof name, "%.480s.lock", path);
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0)
        return err_sys(err, "cannot make %s", name);
    for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB) < 0; waited += ALLOW_LOCK_STEP_MS) {
        if (errno != EWOULDBLOCK || waited >= ALLOW_LOCK_MS) {
            err_sys(err, "another command changes %s", path);
            close(fd);
            return -1;
        }
        poll(NULL, 0, ALLOW_LOCK_STEP_MS);
    }
    return fd;
}

static int allow_line(const struct conf *conf, const char *line, const char *why, bool *is_new_r,
                      struct err *err)
{
    struct stat st;
    struct buf text;
    char day[32];
    time_t now = time(NULL);

    memset(&st, 0, sizeof st);
    int lock = allow_lock(conf->exceptions, err);
    if (lock < 0)
        return -1;
    buf_init(&text, ALLOW_FILE_MAX);
    int status = allow_read(conf->exceptions, &text, &st, err);
    *is_new_r = status == 0 && !allow_has(buf_text(&text), line);
    if (*is_new_r) {
        strftime(day, sizeof day, "%Y-%m-%d", gmtime(&now));
        if (text.length && text.data[text.length - 1] != '\n')
            buf_adds(&text, "\n");
        buf_addf(&text, "# %s: ", day);
        text_plain(&text, why, strlen(why));
        status = buf_addf(&text, "\n%s\n", line) < 0 || text.failed
                     ? err_set(err, "%s is too large", conf->exceptions)
                     : allow_replace(conf->exceptions, &text, &st, err);
    }
    buf_free(&text);
    close(lock);
    if (status == 0 && *conf->control && control_reload(conf->control, err) < 0)
        return err_prefix(err, "the line is in %s, but the service was not told", conf->exceptions);
    return status;
}

int allow_sha256(const struct conf *conf, const char *hex, const char *why, bool *is_new_r,
                 struct err *err)
{
    char line[96];

    if (strlen(hex) != 64 || strspn(hex, "0123456789abcdef") != 64)
        return err_set(err, "not a SHA-256 in hexadecimal");
    snprintf(line, sizeof line, "skip sha256 %s", hex);
    return allow_line(conf, line, why, is_new_r, err);
}

int allow_threat(const struct conf *conf, const char *threat, const char *why, bool *is_new_r,
                 struct err *err)
{
    char line[320];

    /* The value is one word, and a shell pattern: a name with such characters would mean more. */
    if (!*threat || strlen(threat) >= 256 || strpbrk(threat, " \t\r\n*?[]\\"))
        return err_set(err, "this cannot be the name of a threat");
    for (const char *c = threat; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return err_set(err, "this cannot be the name of a threat");
    snprintf(line, sizeof line, "allow threat %s", threat);
    return allow_line(conf, line, why, is_new_r, err);
}
