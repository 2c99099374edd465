/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loop: the descriptors that the supervisor waits for.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_LOOP_H
#define EPOST_SCANNER_LOOP_H

#include "scanner/state.h"

/* Registers a descriptor with the loop, edge-triggered if asked. Returns 0, or -1 and errno. */
EPOST_MUST_CHECK int loop_watch(struct supervisor *supervisor, int fd, enum source *source,
                                int edge);

/* Events of a registered descriptor belong to another source from now on. */
void loop_rewatch(struct supervisor *supervisor, int fd, enum source *source);

/* Registered descriptors are closed through this: a copy that a worker holds keeps the
 * registration alive otherwise. *fd becomes -1. */
void loop_unwatch(struct supervisor *supervisor, int *fd);

/* The same for the channel to a process, which sees its end although the guardian has a copy. */
void loop_hang_up(struct supervisor *supervisor, int *channel);

#endif
