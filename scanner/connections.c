/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/connections.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/peer.h"
#include "scanner/boardwriter.h"
#include "scanner/control.h"
#include "scanner/jobs.h"
#include "scanner/log.h"
#include "scanner/supervisor.h"

#define SILENT_NS  (5 * CLOCK_S)   /* for a client to send its request */
#define HUNG_UP_NS (50 * CLOCK_MS) /* for a scan to end by itself once its client is gone */
#define HUNG_UP_MAX_NS                                                                             \
    (5 * CLOCK_S)                  /* for a worker to say so once it has replied to its client     \
                                    */
#define REFUSAL_NS   (1 * CLOCK_S) /* between log lines about refused requests */
#define ACCEPT_ROUND 16            /* connections taken before others get a turn */
#define DRAIN_ROUND  16            /* messages thrown away before a connection is closed */
#define SILENT_EXTRA 256           /* connections beyond those that wait or run */

#define OF(member, pointer)                                                                        \
    ((struct connection *)(void *)((char *)(pointer)-offsetof(struct connection, member)))

/* ----------------------------------------------------------------- closing */

/* Bytes that the client sent and nobody read would make the kernel withhold our reply from it. */
static void connections_throw_away_input(int fd)
{
    char byte;

    for (int i = 0; i < DRAIN_ROUND && recv(fd, &byte, 1, MSG_DONTWAIT | MSG_TRUNC) > 0; i++)
        ;
}

void connections_close(struct supervisor *supervisor, struct connection *connection)
{
    if (connection->fd < 0)
        return;
    deadline_clear(&supervisor->deadlines, &connection->deadline);
    supervisor_unwatch(supervisor, &connection->fd);
    if (connection->is_counted)
        peers_leave(&supervisor->peers, connection->uid);
    connection->next = supervisor->closed;
    supervisor->closed = connection;
    supervisor->connections--;
}

void connections_sweep(struct supervisor *supervisor)
{
    while (supervisor->closed) {
        struct connection *connection = supervisor->closed;
        supervisor->closed = connection->next;
        free(connection);
    }
}

/* --------------------------------------------------------------- answering */

void connections_answer(struct supervisor *supervisor, struct connection *connection,
                        const struct wire_reply *reply)
{
    if (connection->fd < 0)
        return;
    connections_throw_away_input(connection->fd);
    if (!connection->hung_up &&
        send(connection->fd, reply, sizeof *reply, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 &&
        errno != EPIPE && errno != ECONNRESET)
        log_warn("cannot send a reply: %s", strerror(errno));
    connections_close(supervisor, connection);
}

/* A client that is out of order must not fill the log. */
static void connections_log_refusal(struct supervisor *supervisor, const char *detail)
{
    uint64_t now = clock_now();

    supervisor->refusals++;
    if (now < supervisor->refusal_ns)
        return;
    log_warn("refused a request: %s (%u since the last such line)", detail, supervisor->refusals);
    supervisor->refusal_ns = now + REFUSAL_NS;
    supervisor->refusals = 0;
}

void connections_fail(struct supervisor *supervisor, struct connection *connection,
                      enum reason reason, const char *detail)
{
    struct wire_reply reply;

    wire_reply_init(&reply, reason);
    snprintf(reply.detail, sizeof reply.detail, "%.*s", (int)sizeof reply.detail - 1, detail);
    reply.generation = supervisor->about.number;
    memcpy(reply.set_id, supervisor->about.set_id, sizeof reply.set_id);
    if (reason == REASON_PROTOCOL) {
        boardwriter_count(supervisor->board, BOARD_REFUSED, 1);
        connections_log_refusal(supervisor, detail);
    }
    connections_answer(supervisor, connection, &reply);
}

/* -------------------------------------------------------------- the request */

/* Looks at header and texts; the worker receives the message itself. */
static void connections_read_request(struct supervisor *supervisor, struct connection *connection)
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
        connections_fail(supervisor, connection, REASON_PROTOCOL, err.text);
        return;
    }
    connection->request = *view.request;
    if (view.request->kind == WIRE_SCAN)
        jobs_submit(supervisor, connection, &view);
    else
        control_request(supervisor, connection, &view);
}

static void connections_hang_up(struct supervisor *supervisor, struct connection *connection)
{
    if (!connection->job) {
        connections_close(supervisor, connection);
        return;
    }
    if (connection->hung_up)
        return;
    connection->hung_up = 1;
    connection->hung_up_ns = clock_now();
    deadline_set(&supervisor->deadlines, &connection->deadline, clock_now() + HUNG_UP_NS);
}

void connections_event(struct supervisor *supervisor, struct connection *connection,
                       unsigned events)
{
    if (connection->fd < 0)
        return;
    if (!connection->job && (events & EPOLLIN))
        connections_read_request(supervisor, connection);
    if (connection->fd >= 0 && (events & (EPOLLHUP | EPOLLERR)))
        connections_hang_up(supervisor, connection);
}

/* ----------------------------------------------------------------- arriving */

static size_t connections_ceiling(const struct supervisor *supervisor)
{
    return (size_t)supervisor->settings.queue + BOARD_WORKERS + SILENT_EXTRA;
}

static void connections_take(struct supervisor *supervisor, int fd)
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
        peers_enter(&supervisor->peers, connection->uid, connections_ceiling(supervisor));
    supervisor->connections++;
    if (supervisor_watch(supervisor, fd, &connection->source, 1) < 0 ||
        deadline_set(&supervisor->deadlines, &connection->deadline, now + SILENT_NS) < 0 ||
        supervisor->connections > connections_ceiling(supervisor) || !connection->is_counted) {
        connections_fail(supervisor, connection, REASON_BUSY, "too many connections");
        return;
    }
    connections_read_request(supervisor, connection); /* most clients have sent it by now */
}

void connections_accept(struct supervisor *supervisor)
{
    for (int i = 0; i < ACCEPT_ROUND; i++) {
        int fd = accept4(supervisor->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
        if (fd < 0) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
                log_warn("cannot take a connection: %s", strerror(errno));
                usleep(1000); /* the listener stays readable; do not spin on it */
            }
            return;
        }
        connections_take(supervisor, fd);
    }
}

/* ---------------------------------------------------------------- deadlines */

static void connections_expire_one(struct supervisor *supervisor, struct connection *connection)
{
    if (!connection->job) {
        connections_fail(supervisor, connection, REASON_PROTOCOL, "no request came");
        return;
    }
    if (connection->hung_up && jobs_is_replied(supervisor, connection) &&
        clock_now() - connection->hung_up_ns < HUNG_UP_MAX_NS) {
        deadline_set(&supervisor->deadlines, &connection->deadline, clock_now() + HUNG_UP_NS);
        return;
    }
    if (connection->hung_up) {
        jobs_leave(supervisor, connection);
        connections_close(supervisor, connection);
        return;
    }
    jobs_refuse(supervisor, connection, jobs_overdue(supervisor, connection), "");
}

void connections_expire(struct supervisor *supervisor, uint64_t now)
{
    struct deadline *first;

    while ((first = deadline_first(&supervisor->deadlines)) && first->at_ns <= now)
        connections_expire_one(supervisor, OF(deadline, first));
}
