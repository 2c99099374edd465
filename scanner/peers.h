/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * peers: how many connections each user may have to the scanner's socket.
 *
 * A local user could otherwise take all of them and keep c-icap out. The scanner's own user and
 * root may have every connection; another user at most a quarter, and all others together three
 * quarters.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_PEERS_H
#define EPOST_SCANNER_PEERS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define PEERS_USERS 64 /* other users that are connected at the same time; one more is refused */

struct peers {
    struct {
        uid_t uid;
        size_t count; /* 0: the place is free */
    } user[PEERS_USERS];
    size_t others; /* connections of all of them */
};

/* A connection of that user comes. False when it has as many as it may have: then peers_leave is
 * not to be called for it. */
bool peers_enter(struct peers *peers, uid_t uid, size_t ceiling);
void peers_leave(struct peers *peers, uid_t uid);

#endif
