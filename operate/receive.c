/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/receive.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/eventwire.h"
#include "operate/listener.h"

#define RECEIVE_EVENTS 64
#define RECEIVE_ROUND  256 /* messages of one peer before the next one's turn */

struct receive {
    char *path;
    gid_t group;
    struct monitor *monitor;
    int listener, epoll, stop;
    unsigned peers;
};

static int receive_watch(struct receive *receive, int fd)
{
    struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

    return epoll_ctl(receive->epoll, EPOLL_CTL_ADD, fd, &event);
}

struct receive *receive_open(const char *path, gid_t group, struct monitor *monitor,
                             struct err *err)
{
    struct receive *receive = calloc(1, sizeof *receive);

    if (!receive) {
        err_set(err, "out of memory");
        return NULL;
    }
    receive->group = group;
    receive->monitor = monitor;
    receive->epoll = epoll_create1(EPOLL_CLOEXEC);
    receive->stop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    receive->listener = listener_open(path, SOCK_SEQPACKET, group, err);
    if (receive->listener >= 0 && !(receive->path = strdup(path)))
        err_set(err, "out of memory");
    if (!receive->path)
        goto fail;
    if (receive->epoll >= 0 && receive->stop >= 0 &&
        receive_watch(receive, receive->listener) == 0 &&
        receive_watch(receive, receive->stop) == 0)
        return receive;
    err_sys(err, "cannot watch the event socket");
fail:
    receive_close(&receive);
    return NULL;
}

static void receive_accept(struct receive *receive)
{
    int peer = accept4(receive->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

    if (peer < 0)
        return;
    bool is_welcome = listener_is_welcome(peer, receive->group);
    if (!is_welcome)
        metrics_add(receive->monitor->metrics, METRICS_STRANGERS, 1);
    if (!is_welcome || receive->peers == RECEIVE_PEERS || receive_watch(receive, peer) < 0)
        close(peer);
    else
        receive->peers++;
}

static void receive_message(struct receive *receive, const void *message, size_t length)
{
    struct metrics *metrics = receive->monitor->metrics;
    struct event event;
    struct err err;
    uint32_t lost = 0;

    if (eventwire_decode(message, length, &event, &lost, &err) < 0) {
        metrics_add(metrics, METRICS_REFUSED, 1);
        return;
    }
    metrics_add(metrics, METRICS_RECEIVED, 1);
    if (lost)
        metrics_add(metrics, METRICS_MISSED, lost);
    monitor_take(receive->monitor, &event, message, length);
}

static void receive_peer(struct receive *receive, int peer)
{
    static char message[EVENTWIRE_MAX + 1];

    for (int i = 0; i < RECEIVE_ROUND; i++) {
        ssize_t got = recv(peer, message, sizeof message, MSG_DONTWAIT | MSG_TRUNC);
        if (got > 0) {
            receive_message(receive, message,
                            (size_t)got <= EVENTWIRE_MAX ? (size_t)got : sizeof message);
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
            return;
        close(peer); /* which takes it out of the epoll too */
        receive->peers--;
        return;
    }
}

void receive_run(struct receive *receive)
{
    struct epoll_event events[RECEIVE_EVENTS];

    for (;;) {
        int count = epoll_wait(receive->epoll, events, RECEIVE_EVENTS, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == receive->stop)
                return;
            if (fd == receive->listener)
                receive_accept(receive);
            else
                receive_peer(receive, fd);
        }
    }
}

void receive_stop(struct receive *receive)
{
    uint64_t one = 1;
    ssize_t done = write(receive->stop, &one, sizeof one);

    (void)done; /* it cannot be full */
}

void receive_close(struct receive **receive)
{
    struct receive *r = *receive;

    if (!r)
        return;
    if (r->listener >= 0) {
        close(r->listener);
        if (r->path)
            unlink(r->path);
    }
    if (r->epoll >= 0)
        close(r->epoll);
    if (r->stop >= 0)
        close(r->stop);
    free(r->path);
    free(r);
    *receive = NULL;
}
