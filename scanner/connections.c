/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/connections.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/clock.h"
#include "scanner/boardwriter.h"
#include "scanner/log.h"
#include "scanner/loop.h"

#define CONNECTIONS_REFUSAL_NS (1 * CLOCK_S) /* between log lines about refused requests */
#define CONNECTIONS_INPUT      16            /* messages thrown away before one is closed */

/* Bytes that the client sent and nobody read would make the kernel withhold our reply from it. */
static void connections_throw_away_input(int fd)
{
    char byte;

    for (int i = 0; i < CONNECTIONS_INPUT && recv(fd, &byte, 1, MSG_DONTWAIT | MSG_TRUNC) > 0; i++)
        ;
}

void connections_close(struct supervisor *supervisor, struct connection *connection)
{
    if (connection->fd < 0)
        return;
    deadline_clear(&supervisor->deadlines, &connection->deadline);
    loop_unwatch(supervisor, &connection->fd);
    if (connection->is_counted)
        peers_leave(&supervisor->peers, connection->uid);
    SLIST_INSERT_HEAD(&supervisor->closed, connection, closed);
    supervisor->connections--;
}

void connections_sweep(struct supervisor *supervisor)
{
    while (!SLIST_EMPTY(&supervisor->closed)) {
        struct connection *connection = SLIST_FIRST(&supervisor->closed);
        SLIST_REMOVE_HEAD(&supervisor->closed, closed);
        free(connection);
    }
}

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
    supervisor->refusal_ns = now + CONNECTIONS_REFUSAL_NS;
    supervisor->refusals = 0;
}

void connections_init_reply(const struct supervisor *supervisor, struct wire_reply *reply,
                            enum reason reason)
{
    wire_reply_init(reply, reason);
    reply->generation = supervisor->about.number;
    memcpy(reply->set_id, supervisor->about.set_id, sizeof reply->set_id);
}

void connections_reply(struct supervisor *supervisor, struct connection *connection,
                       enum reason reason, const char *detail)
{
    struct wire_reply reply;

    connections_init_reply(supervisor, &reply, reason);
    snprintf(reply.detail, sizeof reply.detail, "%.*s", (int)sizeof reply.detail - 1, detail);
    if (reason == REASON_PROTOCOL) {
        boardwriter_count(supervisor->board, BOARD_REFUSED, 1);
        connections_log_refusal(supervisor, detail);
    }
    connections_answer(supervisor, connection, &reply);
}
