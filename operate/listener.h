/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * listener: Unix sockets that belong to a group, and who is at their other end.
 *
 * Threads: any.
 */
#ifndef EPOST_OPERATE_LISTENER_H
#define EPOST_OPERATE_LISTENER_H

#include <stdbool.h>
#include <sys/types.h>

#include "common/err.h"

/* Makes a listening socket of that type (non-blocking) that owner and group may connect to; an
 * old socket of the name goes. Returns it, or -1 and err. */
EPOST_MUST_CHECK int listener_open(const char *path, int type, gid_t group, struct err *err);

/* The number of a group by name; "" is the process's own. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int listener_group(const char *name, gid_t *group_r, struct err *err);

/* True if the peer is root, this user, or a member of the group. */
bool listener_is_welcome(int fd, gid_t group);

#endif
