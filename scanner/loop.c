/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/loop.h"

#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

int loop_watch(struct supervisor *supervisor, int fd, enum source *source, int edge)
{
    struct epoll_event event = {.events = EPOLLIN | (edge ? EPOLLET : 0u), .data.ptr = source};

    return epoll_ctl(supervisor->epoll, EPOLL_CTL_ADD, fd, &event);
}

void loop_rewatch(struct supervisor *supervisor, int fd, enum source *source)
{
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = source};

    epoll_ctl(supervisor->epoll, EPOLL_CTL_MOD, fd, &event);
}

void loop_unwatch(struct supervisor *supervisor, int *fd)
{
    if (*fd < 0)
        return;
    epoll_ctl(supervisor->epoll, EPOLL_CTL_DEL, *fd, NULL);
    close(*fd);
    *fd = -1;
}

void loop_hang_up(struct supervisor *supervisor, int *channel)
{
    if (*channel >= 0)
        shutdown(*channel, SHUT_RDWR);
    loop_unwatch(supervisor, channel);
}
