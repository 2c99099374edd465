/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/links.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/writeall.h"

static int links_copy(const char *from, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    char block[65536];
    ssize_t n = out < 0 ? -1 : 1;

    while (n > 0 && (n = read(in, block, sizeof block)) > 0)
        if (writeall(out, block, (size_t)n) < 0)
            n = -1;
    if (n == 0 && fsync(out) < 0)
        n = -1;
    int saved = errno;
    if (in >= 0)
        close(in);
    if (out >= 0)
        close(out);
    errno = saved;
    return n < 0 ? -1 : 0;
}

int links_make(const char *from, const char *to)
{
    if (link(from, to) == 0)
        return 0;
    if (errno != EPERM && errno != EMLINK && errno != EOPNOTSUPP && errno != EXDEV)
        return -1;
    return links_copy(from, to);
}
