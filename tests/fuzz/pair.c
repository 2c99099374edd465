/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/pair.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

static ssize_t pair_message(int to, const void *data, size_t size, unsigned count, int file)
{
    union {
        struct cmsghdr header;
        char space[CMSG_SPACE(sizeof(int) * PAIR_FDS)];
    } control;
    struct iovec piece = {(void *)(uintptr_t)data, size};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};

    if (count) {
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int) * count);
        for (unsigned i = 0; i < count; i++)
            memcpy(CMSG_DATA(rights) + i * sizeof file, &file, sizeof file);
    }
    return sendmsg(to, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

int pair_send(const void *data, size_t size, unsigned count, size_t file)
{
    int pair[2], fd = count ? memfd_create("fuzz", MFD_CLOEXEC) : -1;

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0 ||
        (count && (fd < 0 || ftruncate(fd, (off_t)file) < 0)))
        abort();
    ssize_t sent = pair_message(pair[0], data, size, count < PAIR_FDS ? count : PAIR_FDS, fd);
    if (fd >= 0)
        close(fd);
    close(pair[0]);
    if (sent == (ssize_t)size)
        return pair[1];
    close(pair[1]);
    return -1;
}

unsigned pair_descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned count = 0;

    if (!dir)
        abort();
    while (readdir(dir))
        count++;
    closedir(dir);
    return count;
}
