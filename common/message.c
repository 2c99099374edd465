/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/message.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

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
