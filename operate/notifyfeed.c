/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/notifyfeed.h"

#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/verdict.h"
#include "operate/notifier.h"

#define NOTIFYFEED_BUFFER (4 << 20) /* bytes of events that may wait in the socket */

int notifyfeed_open(struct notifyfeed *feed, struct err *err)
{
    int ends[2], size = NOTIFYFEED_BUFFER;

    feed->fd = feed->helper_fd = -1;
    feed->shared =
        mmap(NULL, sizeof *feed->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (feed->shared == MAP_FAILED) {
        feed->shared = NULL;
        return err_set(err, "out of memory");
    }
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return err_sys(err, "no socket for the notifier");
    /* As much as the system allows. */
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    feed->fd = ends[0];
    feed->helper_fd = ends[1];
    return 0;
}

static bool notifyfeed_is_wanted(const struct event *event)
{
    return event_kind_of(event) != EVENT_KIND_TRANSACTION ||
           (!event_is(event, EVENT_FIELD_VERDICT, verdict_name(VERDICT_CLEAN)) &&
            !event_is(event, EVENT_FIELD_VERDICT, verdict_name(VERDICT_NO_BODY)));
}

void notifyfeed_offer(struct notifyfeed *feed, const struct event *event, const void *message,
                      size_t length)
{
    if (!feed->shared || !atomic_load(&feed->shared->rules) || !notifyfeed_is_wanted(event))
        return;
    if (send(feed->fd, message, length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
        atomic_fetch_add(&feed->shared->dropped, 1);
}

void notifyfeed_reload(struct notifyfeed *feed)
{
    if (feed->shared && send(feed->fd, NOTIFYFEED_RELOAD, 1, MSG_NOSIGNAL) < 0)
        atomic_store(&feed->shared->is_refused, 1); /* no notifier: nothing is in force */
}

void notifyfeed_read(const struct notifyfeed *feed, struct notifyfeed_view *view)
{
    struct notifyfeed_shared *shared = feed->shared;

    memset(view, 0, sizeof *view);
    if (!shared)
        return;
    for (unsigned i = 0; i < NOTIFYRULES_CHANNELS; i++) {
        view->sent[i] = atomic_load(&shared->sent[i]);
        view->failed[i] = atomic_load(&shared->failed[i]);
    }
    view->events = atomic_load(&shared->events);
    view->dropped = atomic_load(&shared->dropped);
    view->rules = atomic_load(&shared->rules);
    view->is_refused = atomic_load(&shared->is_refused);
}

void notifyfeed_close(struct notifyfeed *feed)
{
    struct pollfd end = {.fd = feed->fd, .events = POLLIN};

    if (!feed->shared)
        return;
    if (feed->helper_fd >= 0)
        close(feed->helper_fd);
    if (feed->fd >= 0) {
        /* The other end closes when the notifier has ended. */
        shutdown(feed->fd, SHUT_WR);
        poll(&end, 1, NOTIFIER_END_MS + 1000);
        close(feed->fd);
    }
    munmap(feed->shared, sizeof *feed->shared);
    feed->shared = NULL;
}
