/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * eventsend: gives events to the monitor over its socket, and never waits.
 *
 * A SOCK_SEQPACKET connection of its own for each process, made when the first
 * event is sent. An event that the socket does not take at once (nobody
 * listens, the buffer is full) is lost and counted; the next one that arrives
 * carries the count. A process that was forked makes a connection of its own.
 *
 * Threads: eventsend_send any; the others one at a time.
 */
#ifndef EPOST_COMMON_EVENTSEND_H
#define EPOST_COMMON_EVENTSEND_H

#include <stdint.h>

#include "common/event.h"

struct eventsend;

/* A sender to the socket at `path`; "" is one that gives nothing to anybody. Returns it, or
 * NULL without memory. */
struct eventsend *eventsend_new(const char *path);

/* Closes, frees and nulls; NULL is fine. */
void eventsend_free(struct eventsend **sender);

/* Returns 0 when the socket took it or there is none by configuration, -1 when it was lost. */
int eventsend_send(struct eventsend *sender, const struct event *event);

/* Events that this process lost, in all. */
uint64_t eventsend_lost(const struct eventsend *sender);

#endif
