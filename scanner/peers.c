/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/peers.h"

#include "common/peer.h"

bool peers_enter(struct peers *peers, uid_t uid, size_t ceiling)
{
    size_t at = PEERS_USERS;

    if (peer_is_own(uid))
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
    if (peer_is_own(uid))
        return;
    for (size_t i = 0; i < PEERS_USERS; i++)
        if (peers->user[i].count && peers->user[i].uid == uid) {
            peers->user[i].count--;
            peers->others--;
            return;
        }
}
