/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/message.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int message_send(int fd, const struct iovec *pieces, size_t count, int pass, int dontwait)
{
    union {
        struct cmsghdr header; /* aligns the space */
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct msghdr message = {.msg_iov = (struct iovec *)(uintptr_t)pieces, .msg_iovlen = count};
    ssize_t sent;

    if (pass >= 0) {
        memset(&control, 0, sizeof control);
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
        struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        memcpy(CMSG_DATA(rights), &pass, sizeof pass);
    }
    do
        sent = sendmsg(fd, &message, MSG_NOSIGNAL | (dontwait ? MSG_DONTWAIT : 0));
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -1 : 0;
}

/* The room has space for two: one is taken, or none. */
static int message_take_one(const struct cmsghdr *rights)
{
    int taken = -1;

    if (!rights || rights->cmsg_level != SOL_SOCKET || rights->cmsg_type != SCM_RIGHTS)
        return -1;
    size_t count = (rights->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(rights) + i * sizeof fd, sizeof fd);
        if (count == 1)
            taken = fd;
        else
            close(fd);
    }
    return taken;
}

ssize_t message_receive(int fd, void *data, size_t size, int *passed_r, bool *cut_r, int dontwait)
{
    union {
        struct cmsghdr header; /* aligns the space */
        char space[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec piece = {data, size};
    struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
    ssize_t got;

    if (passed_r) {
        message.msg_control = &control;
        message.msg_controllen = sizeof control;
    }
    do
        got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC | (dontwait ? MSG_DONTWAIT : 0));
    while (got < 0 && errno == EINTR);
    if (passed_r)
        *passed_r = got < 0 ? -1 : message_take_one(CMSG_FIRSTHDR(&message));
    if (cut_r)
        *cut_r = got >= 0 && (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC));
    return got;
}
