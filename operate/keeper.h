/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keeper: takes bodies from the service and keeps them in quarantine.
 *
 * One request after the other (common/keepwire.h), each with a deadline. The
 * service's verdict does not depend on it, unless a profile asks for that.
 *
 * Owner: monitord.c. Threads: keeper_run is one; keeper_stop any.
 */
#ifndef EPOST_OPERATE_KEEPER_H
#define EPOST_OPERATE_KEEPER_H

#include <sys/types.h>

#include "operate/monitor.h"

struct keeper;

/* Reads the key, opens the directory and listens. Returns it, or NULL and err; NULL with an empty
 * err when the configuration names no key. */
EPOST_MUST_CHECK struct keeper *keeper_open(struct monitor *monitor, gid_t senders, gid_t readers,
                                            struct err *err);

/* Serves until keeper_stop. */
void keeper_run(struct keeper *keeper);
void keeper_stop(struct keeper *keeper);
void keeper_close(struct keeper **keeper);

#endif
