/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * receive: the event socket: who may send, and what becomes of what they send.
 *
 * Each message that is an event is given to monitor_take; nothing here waits for
 * the disk, so that the senders' socket buffers stay empty.
 *
 * Threads: receive_run is a thread of its own; receive_stop any.
 */
#ifndef EPOST_OPERATE_RECEIVE_H
#define EPOST_OPERATE_RECEIVE_H

#include <sys/types.h>

#include "common/err.h"
#include "operate/monitor.h"

#define RECEIVE_PEERS 512 /* connections at a time */

struct receive;

/* Makes the socket, for the group (-1: the process's own). Returns it, or NULL and err. */
EPOST_MUST_CHECK struct receive *receive_open(const char *path, gid_t group,
                                              struct monitor *monitor, struct err *err);

/* Receives until receive_stop. */
void receive_run(struct receive *receive);
void receive_stop(struct receive *receive);

/* Closes and removes the socket. */
void receive_close(struct receive **receive);

#endif
