/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/notifyguard.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "operate/notifier.h"

#define NOTIFYGUARD_PAUSE_S   1 /* before it is started anew; doubles */
#define NOTIFYGUARD_PAUSE_MAX 60

/* Starts the notifier, and anew when it dies, until it ends well or the monitor is gone. */
static int notifyguard_run(const struct notifier_start *start, struct notifyrules *rules)
{
    struct pollfd monitor = {.fd = start->fd, .events = POLLRDHUP};
    int status = 0, pause_s = NOTIFYGUARD_PAUSE_S;
    bool is_again = false;

    prctl(PR_SET_NAME, "epost-notifyg");
    for (;;) {
        pid_t pid = fork();
        if (pid == 0)
            _exit(notifier_run(start, rules, is_again));
        while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
            continue;
        if (pid > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0)
            return EXIT_SUCCESS;
        notifier_say("the notifier has died (status %#x); another one is started in %d s",
                     (unsigned)status, pause_s);
        if (poll(&monitor, 1, pause_s * 1000) > 0)
            return EXIT_FAILURE;
        is_again = true;
        pause_s = 2 * pause_s < NOTIFYGUARD_PAUSE_MAX ? 2 * pause_s : NOTIFYGUARD_PAUSE_MAX;
    }
}

int notifyguard_fork(struct notifyfeed *feed, struct notifyrules **rules, const char *path,
                     const char *node, struct err *err)
{
    struct notifier_start start = {
        .path = path, .node = node, .fd = feed->helper_fd, .shared = feed->shared};
    unsigned count = (*rules)->rules;

    fflush(stderr);
    pid_t pid = fork();
    if (pid < 0)
        return err_sys(err, "cannot start the notifier");
    if (pid == 0) {
        close(feed->fd);
        _exit(notifyguard_run(&start, *rules));
    }
    close(feed->helper_fd);
    feed->helper_fd = -1;
    notifyrules_free(rules);
    /* Events are offered from now on; the notifier says it again when it has begun. */
    atomic_store(&feed->shared->rules, count);
    return 0;
}
