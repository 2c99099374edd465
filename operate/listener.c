/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/listener.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/peer.h"

#define LISTENER_GROUPS 256 /* of a peer that are looked at */

int listener_group(const char *name, gid_t *group_r, struct err *err)
{
    struct group *group = *name ? getgrnam(name) : NULL;

    if (*name && !group)
        return err_set(err, "there is no group %s", name);
    *group_r = group ? group->gr_gid : getegid();
    return 0;
}

static int listener_clear(const char *path, struct err *err)
{
    struct stat st;

    if (lstat(path, &st) < 0)
        return errno == ENOENT ? 0 : err_sys(err, "cannot look at %s", path);
    if (!S_ISSOCK(st.st_mode))
        return err_set(err, "%s is in the way: it is not a socket", path);
    return unlink(path) < 0 ? err_sys(err, "cannot remove the old socket %s", path) : 0;
}

int listener_open(const char *path, int type, gid_t group, struct err *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof address.sun_path)
        return err_set(err, "the socket's path is too long: %s", path);
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (listener_clear(path, err) < 0)
        return -1;
    int fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_sys(err, "cannot make a socket");
    mode_t mask = umask(0177);
    int bound = bind(fd, (struct sockaddr *)&address, sizeof address);
    umask(mask);
    if (bound < 0)
        err_sys(err, "cannot make the socket %s", path);
    else if (group != getegid() && chown(path, (uid_t)-1, group) < 0)
        err_sys(err, "cannot give %s to its group (the monitor's user must be in it)", path);
    else if (chmod(path, 0660) < 0 || listen(fd, 128) < 0)
        err_sys(err, "cannot listen on %s", path);
    else
        return fd;
    close(fd);
    return -1;
}

bool listener_is_welcome(int fd, gid_t group)
{
    gid_t groups[LISTENER_GROUPS];
    socklen_t size = sizeof groups;

    if (peer_is_trusted(fd) || (group != (gid_t)-1 && peer_gid(fd) == group))
        return true;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &size) < 0)
        return false;
    for (size_t i = 0; i < size / sizeof groups[0]; i++)
        if (groups[i] == group)
            return true;
    return false;
}
