/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "common/peer.h"

#include <sys/socket.h>
#include <unistd.h>

static struct ucred peer_credentials(int fd)
{
    struct ucred who;
    socklen_t size = sizeof who;

    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) < 0)
        return (struct ucred){.uid = (uid_t)-1, .gid = (gid_t)-1};
    return who;
}

uid_t peer_uid(int fd)
{
    return peer_credentials(fd).uid;
}

gid_t peer_gid(int fd)
{
    return peer_credentials(fd).gid;
}

bool peer_is_own(uid_t uid)
{
    return uid == 0 || uid == geteuid();
}

bool peer_is_trusted(int fd)
{
    return peer_is_own(peer_uid(fd));
}
