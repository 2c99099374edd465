/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/eventsend.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/eventwire.h"

#define EVENTSEND_RETRY_NS 500000000ull /* between two attempts to connect */
#define EVENTSEND_BUFFER   (4 << 20)    /* wanted in the socket; the kernel may give less */

struct eventsend {
    struct sockaddr_un address;
    pthread_mutex_t mutex; /* of all below; nothing waits while it is held */
    int fd;                /* -1 none */
    pid_t owner;           /* the process that connected */
    uint64_t retry_ns;     /* not before */
    uint32_t untold;       /* lost and not yet told to the monitor */
    _Atomic uint64_t lost;
};

struct eventsend *eventsend_new(const char *path)
{
    struct eventsend *sender = calloc(1, sizeof *sender);

    if (!sender)
        return NULL;
    sender->fd = -1;
    sender->address.sun_family = AF_UNIX;
    snprintf(sender->address.sun_path, sizeof sender->address.sun_path, "%s", path);
    pthread_mutex_init(&sender->mutex, NULL);
    return sender;
}

static void eventsend_close(struct eventsend *sender)
{
    if (sender->fd >= 0)
        close(sender->fd);
    sender->fd = -1;
}

void eventsend_free(struct eventsend **sender)
{
    if (!*sender)
        return;
    eventsend_close(*sender);
    pthread_mutex_destroy(&(*sender)->mutex);
    free(*sender);
    *sender = NULL;
}

/* A non-blocking connect to a listener whose backlog is full fails at once. */
static int eventsend_connect(struct eventsend *sender)
{
    int size = EVENTSEND_BUFFER;
    uint64_t now = clock_now();

    if (sender->fd >= 0 && sender->owner != getpid()) {
        eventsend_close(sender);
        sender->retry_ns = 0;
    }
    if (sender->fd >= 0)
        return 0;
    if (now < sender->retry_ns)
        return -1;
    sender->retry_ns = now + EVENTSEND_RETRY_NS;
    sender->owner = getpid();
    sender->fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (sender->fd < 0)
        return -1;
    setsockopt(sender->fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    if (connect(sender->fd, (struct sockaddr *)&sender->address, sizeof sender->address) == 0)
        return 0;
    eventsend_close(sender);
    return -1;
}

/* With the mutex held. */
static int eventsend_try(struct eventsend *sender, struct buf *message, const struct event *event)
{
    for (int attempt = 0; attempt < 2; attempt++) {
        if (eventsend_connect(sender) < 0)
            return -1;
        buf_reset(message);
        if (eventwire_encode(message, event, sender->untold) < 0)
            return -1;
        if (send(sender->fd, message->data, message->length, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) {
            sender->untold = 0;
            return 0;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
            return -1;
        /* The monitor has gone; one that was started since is found at once. */
        eventsend_close(sender);
        sender->retry_ns = 0;
    }
    return -1;
}

int eventsend_send(struct eventsend *sender, const struct event *event)
{
    struct buf message;

    if (!sender || !sender->address.sun_path[0])
        return 0;
    buf_init(&message, EVENTWIRE_MAX);
    pthread_mutex_lock(&sender->mutex);
    int status = eventsend_try(sender, &message, event);
    if (status < 0) {
        sender->untold += sender->untold < UINT32_MAX;
        atomic_fetch_add(&sender->lost, 1);
    }
    pthread_mutex_unlock(&sender->mutex);
    buf_free(&message);
    return status;
}

uint64_t eventsend_lost(const struct eventsend *sender)
{
    return sender ? atomic_load(&sender->lost) : 0;
}
