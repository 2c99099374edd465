/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Socket, board and the board's lock: made at the start, looked at each tick, and made again when
 * somebody has removed them. Without that a running scanner would serve nobody, and would not
 * know.
 */
#include "scanner/places.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/text.h"
#include "scanner/boardwriter.h"
#include "scanner/clients.h"
#include "scanner/estate.h"
#include "scanner/log.h"
#include "scanner/loop.h"
#include "scanner/parking.h"

#define PLACES_LOG_NS (10 * CLOCK_S) /* between two log lines about the same trouble */

/* ------------------------------------------------------------------ the socket */

/* A socket file that nobody serves any more: we have the lock. */
static int places_remove_stale(const char *path, struct err *err)
{
    struct stat st;

    if (lstat(path, &st) < 0)
        return errno == ENOENT ? 0 : err_sys(err, "cannot look at %s", path);
    if (!S_ISSOCK(st.st_mode))
        return err_set(err, "%s is in the way: it is not a socket", path);
    return unlink(path) < 0 ? err_sys(err, "cannot remove the old socket %s", path) : 0;
}

static int places_give(const struct scanner_settings *settings, const char *path, struct err *err)
{
    const char *name = settings->socket_group;
    struct group *group = name[0] ? getgrnam(name) : NULL;

    if (name[0] && !group)
        return err_set(err, "SocketGroup: there is no group %s", name);
    if (group && chown(path, (uid_t)-1, group->gr_gid) < 0)
        return err_sys(err, "cannot give %s to the group %s (the scanner's user must be in it)",
                       path, name);
    if (chmod(path, (mode_t)settings->socket_mode) < 0)
        return err_sys(err, "cannot set the mode of %s", path);
    return 0;
}

int places_open_to_group(const struct scanner_settings *settings, struct err *err)
{
    return places_give(settings, settings->socket, err);
}

/* The name appears when the socket already takes connections: who waits for it can connect. */
int places_open_listener(struct supervisor *supervisor, struct err *err)
{
    const char *path = supervisor->settings.socket;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const char *fresh = address.sun_path;
    struct stat st;

    if (snprintf(address.sun_path, sizeof address.sun_path, "%s.new", path) >=
        (int)sizeof address.sun_path)
        return err_set(err, "the socket's path is too long: %s", path);
    if (places_remove_stale(path, err) < 0 || places_remove_stale(fresh, err) < 0)
        return -1;
    supervisor->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    mode_t mask = umask(0177);
    int bound = supervisor->listener < 0
                    ? -1
                    : bind(supervisor->listener, (struct sockaddr *)&address, sizeof address);
    umask(mask);
    if (bound < 0)
        return err_sys(err, "cannot make the socket %s", path);
    if (lstat(fresh, &st) == 0)
        supervisor->socket_inode = st.st_ino;
    parking_give(supervisor, PARKING_LISTENER, supervisor->listener);
    supervisor->estate->socket_inode = supervisor->socket_inode;
    if (places_give(&supervisor->settings, fresh, err) == 0) {
        if (listen(supervisor->listener, SOMAXCONN) == 0 && rename(fresh, path) == 0)
            return 0;
        err_sys(err, "cannot listen on %s", path);
    }
    unlink(fresh);
    return -1;
}

void places_close_listener(struct supervisor *supervisor)
{
    struct stat st;

    if (supervisor->listener < 0)
        return;
    if (lstat(supervisor->settings.socket, &st) == 0 && st.st_ino == supervisor->socket_inode)
        unlink(supervisor->settings.socket);
    loop_unwatch(supervisor, &supervisor->listener);
}

int places_watch(struct supervisor *supervisor, struct err *err)
{
    supervisor->listener_source = SOURCE_LISTENER;
    if (loop_watch(supervisor, supervisor->listener, &supervisor->listener_source, 0) < 0)
        return err_sys(err, "cannot watch the socket");
    return 0;
}

/* ------------------------------------------------------------------- all along */

static void places_complain(struct supervisor *supervisor, uint64_t now, const struct err *err)
{
    if (now < supervisor->complaint_ns)
        return;
    supervisor->complaint_ns = now + PLACES_LOG_NS;
    log_error("%s", err->text);
}

static void places_ensure_listener(struct supervisor *supervisor, uint64_t now)
{
    const char *path = supervisor->settings.socket;
    struct stat st;
    struct err err;

    /* Its number cannot be another file's while our socket is bound to it. */
    if (supervisor->listener >= 0 && lstat(path, &st) == 0 && S_ISSOCK(st.st_mode) &&
        st.st_ino == supervisor->socket_inode)
        return;
    if (supervisor->listener >= 0)
        clients_accept(supervisor); /* who came through the old one is still served */
    loop_unwatch(supervisor, &supervisor->listener);
    if (places_open_listener(supervisor, &err) < 0 || places_watch(supervisor, &err) < 0)
        places_complain(supervisor, now, &err);
    else
        log_warn("the socket %s was removed: made again", path);
}

int places_ensure(struct supervisor *supervisor, uint64_t now)
{
    struct err err;

    if (supervisor->is_stopping)
        return 0;
    int made = boardwriter_ensure(supervisor->settings.board, &supervisor->board,
                                  &supervisor->board_lock, &err);
    if (made < 0 && supervisor->board_lock < 0) {
        log_error("another scanner has taken the place of this one: %s", err.text);
        return -1;
    }
    if (made < 0)
        places_complain(supervisor, now, &err);
    else if (made > 0)
        log_warn("the board %s or its lock was removed: made again", supervisor->settings.board);
    places_ensure_listener(supervisor, now);
    return 0;
}
