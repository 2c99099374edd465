/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clients: they connect, ask, wait, and go away.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_CLIENTS_H
#define EPOST_SCANNER_CLIENTS_H

#include "scanner/state.h"

/* Somebody connected, said something, or went away. */
void clients_accept(struct supervisor *supervisor);
void clients_event(struct supervisor *supervisor, struct connection *connection, unsigned events);

/* Deadlines that have passed by `now`. */
void clients_expire(struct supervisor *supervisor, uint64_t now);

#endif
