/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/writeall.h"

#include <errno.h>
#include <unistd.h>

/* The result of a call of write(). Returns the bytes, 0 to try again, or -1 with errno. */
static ssize_t writeall_done(ssize_t done)
{
    if (done < 0)
        return errno == EINTR ? 0 : -1;
    if (done == 0)
        errno = ENOSPC; /* of a file that takes no more; else this would go on for ever */
    return done > 0 ? done : -1;
}

int writeall(int fd, const void *data, size_t length)
{
    const char *at = data;

    while (length) {
        ssize_t done = writeall_done(write(fd, at, length));

        if (done < 0)
            return -1;
        at += done;
        length -= (size_t)done;
    }
    return 0;
}

int writeall_at(int fd, const void *data, size_t length, uint64_t offset)
{
    const char *at = data;

    while (length) {
        ssize_t done = writeall_done(pwrite(fd, at, length, (off_t)offset));

        if (done < 0)
            return -1;
        at += done;
        length -= (size_t)done;
        offset += (uint64_t)done;
    }
    return 0;
}
