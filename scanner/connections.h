/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * connections: the clients: they connect, ask, wait, and go away.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_CONNECTIONS_H
#define EPOST_SCANNER_CONNECTIONS_H

#include "scanner/supervisor.h"

/* Somebody connected, said something, or went away. */
void connections_accept(struct supervisor *supervisor);
void connections_event(struct supervisor *supervisor, struct connection *connection,
                       unsigned events);

/* Deadlines that have passed by `now`. */
void connections_expire(struct supervisor *supervisor, uint64_t now);

/* Sends the reply and closes. The counters see it. */
void connections_answer(struct supervisor *supervisor, struct connection *connection,
                        const struct wire_reply *reply);
void connections_fail(struct supervisor *supervisor, struct connection *connection,
                      enum reason reason, const char *detail);

/* The worker has answered it already. */
void connections_close(struct supervisor *supervisor, struct connection *connection);

/* Frees those that were closed in this round of events. */
void connections_sweep(struct supervisor *supervisor);

#endif
