/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * connections: the reply to a client, and the end of its connection.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_CONNECTIONS_H
#define EPOST_SCANNER_CONNECTIONS_H

#include "scanner/state.h"

/* Starts a reply of the supervisor's own, with the generation that serves. */
void connections_init_reply(const struct supervisor *supervisor, struct wire_reply *reply,
                            enum reason reason);

/* Sends the reply and closes. */
void connections_answer(struct supervisor *supervisor, struct connection *connection,
                        const struct wire_reply *reply);

/* The same, with a reply of reason and detail. The board counts what is refused. */
void connections_reply(struct supervisor *supervisor, struct connection *connection,
                       enum reason reason, const char *detail);

/* The worker has answered it already. */
void connections_close(struct supervisor *supervisor, struct connection *connection);

/* Frees those that were closed in this round of events. */
void connections_sweep(struct supervisor *supervisor);

#endif
