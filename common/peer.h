/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peer: who is at the other end of a UNIX socket.
 *
 * Threads: any.
 */
#ifndef EPOST_COMMON_PEER_H
#define EPOST_COMMON_PEER_H

#include <stdbool.h>
#include <sys/types.h>

/* The user, or (uid_t)-1 when the kernel does not say. */
uid_t peer_uid(int fd);

/* The user's first group, or (gid_t)-1 when the kernel does not say. */
gid_t peer_gid(int fd);

/* True for root and the user of this process. */
bool peer_is_own(uid_t uid);

/* True if the other end is root or the user of this process. */
bool peer_is_trusted(int fd);

#endif
