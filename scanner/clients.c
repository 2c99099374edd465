/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/clients.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/peer.h"
#include "scanner/background.h"
#include "scanner/connections.h"
#include "scanner/control.h"
#include "scanner/jobs.h"
#include "scanner/log.h"
#include "scanner/loop.h"
#include "scanner/submit.h"

#define CLIENTS_SILENT_NS    (5 * CLOCK_S)   /* for a client to send its request */
#define CLIENTS_HUNG_UP_NS   (50 * CLOCK_MS) /* for a scan to end once its client is gone */
#define CLIENTS_REPLIED_NS   (5 * CLOCK_S)   /* for a worker to say that it has replied */
#define CLIENTS_ACCEPT_ROUND 16              /* taken before others get a turn */
#define CLIENTS_SILENT_EXTRA 256             /* connections beyond those that wait or run */

#define CLIENTS_OF(member, pointer)                                                                \
    ((struct connection *)(void *)((char *)(pointer)-offsetof(struct connection, member)))

/* ------------------------------------------------------------- the request */

/* Looks at header and texts; the worker receives the message itself. */
static void clients_read_request(struct supervisor *supervisor, struct connection *connection)
{
    _Alignas(struct wire_request) char head[sizeof(struct wire_request) + WIRE_TEXTS_MAX];
    struct wire_view view;
    struct err err;
    ssize_t got = recv(connection->fd, head, sizeof head, MSG_PEEK | MSG_DONTWAIT);

    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        connections_close(supervisor, connection);
        return;
    }
    if (wire_request_check(head, (size_t)got, 1, &view, &err) < 0) {
        connections_reply(supervisor, connection, REASON_PROTOCOL, err.text);
        return;
    }
    connection->request = *view.request;
    if (view.request->kind == WIRE_SCAN)
        submit_request(supervisor, connection, &view);
    else
        control_request(supervisor, connection, &view);
}

static void clients_hang_up(struct supervisor *supervisor, struct connection *connection)
{
    if (!connection->job) {
        connections_close(supervisor, connection);
        return;
    }
    if (connection->hung_up)
        return;
    connection->hung_up = 1;
    connection->hung_up_ns = clock_now();
    deadline_set(&supervisor->deadlines, &connection->deadline, clock_now() + CLIENTS_HUNG_UP_NS);
}

void clients_event(struct supervisor *supervisor, struct connection *connection, unsigned events)
{
    if (connection->fd < 0)
        return;
    if (!connection->job && (events & EPOLLIN))
        clients_read_request(supervisor, connection);
    if (connection->fd >= 0 && (events & (EPOLLHUP | EPOLLERR)))
        clients_hang_up(supervisor, connection);
}

/* ---------------------------------------------------------------- arriving */

static size_t clients_ceiling(const struct supervisor *supervisor)
{
    return (size_t)supervisor->settings.queue + BOARD_WORKERS + CLIENTS_SILENT_EXTRA;
}

static void clients_take(struct supervisor *supervisor, int fd)
{
    struct connection *connection = calloc(1, sizeof *connection);
    uint64_t now = clock_now();

    if (!connection) {
        close(fd);
        return;
    }
    connection->source = SOURCE_CONNECTION;
    connection->fd = fd;
    connection->arrived_ns = now;
    connection->uid = peer_uid(fd);
    connection->is_counted =
        peers_enter(&supervisor->peers, connection->uid, clients_ceiling(supervisor));
    supervisor->connections++;
    if (loop_watch(supervisor, fd, &connection->source, 1) < 0 ||
        deadline_set(&supervisor->deadlines, &connection->deadline, now + CLIENTS_SILENT_NS) < 0 ||
        supervisor->connections > clients_ceiling(supervisor) || !connection->is_counted) {
        connections_reply(supervisor, connection, REASON_BUSY, "too many connections");
        return;
    }
    clients_read_request(supervisor, connection); /* most clients have sent it by now */
}

void clients_accept(struct supervisor *supervisor)
{
    for (int i = 0; i < CLIENTS_ACCEPT_ROUND; i++) {
        int fd = accept4(supervisor->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
                log_warn("cannot take a connection: %s", strerror(errno));
                usleep(1000); /* the listener stays readable; do not spin on it */
            }
            return;
        }
        clients_take(supervisor, fd);
    }
}

/* --------------------------------------------------------------- deadlines */

static void clients_expire_one(struct supervisor *supervisor, struct connection *connection)
{
    if (!connection->job) {
        connections_reply(supervisor, connection, REASON_PROTOCOL, "no request came");
        return;
    }
    if (connection->hung_up && jobs_is_replied(supervisor, connection) &&
        clock_now() - connection->hung_up_ns < CLIENTS_REPLIED_NS) {
        deadline_set(&supervisor->deadlines, &connection->deadline,
                     clock_now() + CLIENTS_HUNG_UP_NS);
        return;
    }
    if (connection->hung_up) {
        jobs_leave(supervisor, connection);
        connections_close(supervisor, connection);
        return;
    }
    jobs_refuse(supervisor, connection, background_overdue(supervisor, connection), "");
}

void clients_expire(struct supervisor *supervisor, uint64_t now)
{
    struct deadline *first;

    while ((first = deadline_first(&supervisor->deadlines)) && first->at_ns <= now)
        clients_expire_one(supervisor, CLIENTS_OF(deadline, first));
}
