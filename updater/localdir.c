/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/localdir.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum fetch_end localdir_stop(struct fetch_reply *reply, enum fetch_end end)
{
    return reply->end = end;
}

static enum fetch_end localdir_store(const struct fetch_request *request, struct fetch_reply *reply,
                                     const char *block, size_t length)
{
    if (request->memory) {
        if (buf_add(request->memory, block, length) < 0) {
            err_set(&reply->err, "not enough memory");
            return FETCH_LOCAL;
        }
    } else if (pwrite(request->fd, block, length, (off_t)reply->length) != (ssize_t)length) {
        err_sys(&reply->err, "cannot write");
        return FETCH_DISK;
    }
    reply->length += length;
    reply->received += length;
    return FETCH_DONE;
}

enum fetch_end localdir_get(const struct fetch_request *request, struct fetch_reply *reply)
{
    char block[65536];
    struct stat st;
    ssize_t n;

    memset(reply, 0, sizeof *reply);
    int fd = open(request->url, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        err_sys(&reply->err, "cannot open it");
        return localdir_stop(reply, errno == ENOENT ? FETCH_MISSING : FETCH_NETWORK);
    }
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
        err_set(&reply->err, "it is not a regular file");
        localdir_stop(reply, FETCH_MISSING);
    } else if ((uint64_t)st.st_size > request->ceiling) {
        err_set(&reply->err, "it has %lld bytes where %" PRIu64 " are expected",
                (long long)st.st_size, request->ceiling);
        localdir_stop(reply, FETCH_TOO_LARGE);
    } else if (!request->memory && ftruncate(request->fd, 0) < 0) {
        err_sys(&reply->err, "cannot empty the file");
        localdir_stop(reply, FETCH_DISK);
    }
    while (reply->end == FETCH_DONE && (n = read(fd, block, sizeof block)) != 0) {
        if (n < 0) {
            err_sys(&reply->err, "cannot read it");
            localdir_stop(reply, FETCH_TRUNCATED);
        } else if ((uint64_t)n > request->ceiling - reply->length) {
            err_set(&reply->err, "it grew while it was read");
            localdir_stop(reply, FETCH_TOO_LARGE);
        } else {
            localdir_stop(reply, localdir_store(request, reply, block, (size_t)n));
            if (request->progress)
                request->progress(request->what, reply->length, request->ceiling);
        }
    }
    close(fd);
    return reply->end;
}
