/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "scanner/peers.h"

#include <sys/socket.h>
#include <unistd.h>

uid_t peers_uid(int fd)
{
    struct ucred peer;
    socklen_t length = sizeof peer;

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 ? peer.uid : (uid_t)-1;
}

bool peers_is_own(uid_t uid)
{
    return uid == 0 || uid == geteuid();
}

bool peers_enter(struct peers *peers, uid_t uid, size_t ceiling)
{
    size_t at = PEERS_USERS;

    if (peers_is_own(uid))
        return true;
    for (size_t i = 0; i < PEERS_USERS; i++)
        if (peers->user[i].count && peers->user[i].uid == uid) {
            at = i;
            break;
        } else if (!peers->user[i].count && at == PEERS_USERS) {
            at = i;
        }
    if (at == PEERS_USERS || peers->user[at].count >= ceiling / 4 ||
        peers->others >= ceiling / 4 * 3)
        return false;
    peers->user[at].uid = uid;
    peers->user[at].count++;
    peers->others++;
    return true;
}

void peers_leave(struct peers *peers, uid_t uid)
{
    if (peers_is_own(uid))
        return;
    for (size_t i = 0; i < PEERS_USERS; i++)
        if (peers->user[i].count && peers->user[i].uid == uid) {
            peers->user[i].count--;
            peers->others--;
            return;
        }
}
