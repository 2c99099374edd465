/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/ending.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/procstate.h"
#include "scanner/log.h"
#include "scanner/loop.h"

void ending_drop(struct supervisor *supervisor, struct ending *ending)
{
    loop_unwatch(supervisor, &ending->fd);
    ending->pid = 0;
}

void ending_watch(struct supervisor *supervisor, struct ending *ending, pid_t pid)
{
    ending_drop(supervisor, ending);
    ending->source = SOURCE_ENDING;
    ending->pid = pid;
    ending->fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (ending->fd >= 0 && loop_watch(supervisor, ending->fd, &ending->source, 0) < 0) {
        close(ending->fd);
        ending->fd = -1;
    }
}

pid_t ending_event(struct supervisor *supervisor, struct ending *ending, int *status_r)
{
    struct pollfd item = {.fd = ending->fd, .events = POLLIN};
    pid_t pid = ending->pid;

    if (ending->fd < 0 || poll(&item, 1, 0) <= 0)
        return 0; /* an event of the process before */
    if (waitpid(pid, status_r, WNOHANG) <= 0)
        *status_r = 0; /* another one's child: its parent knows how it ended */
    ending_drop(supervisor, ending);
    return pid;
}

int ending_is_missed(const struct ending *ending, pid_t pid)
{
    return pid > 0 && ending->fd < 0 && kill(pid, 0) < 0 && errno == ESRCH;
}

int ending_continue(pid_t pid, const char *name)
{
    if (pid <= 1 || procstate_of(pid) != 'T')
        return 0;
    log_warn("%s (process %d) was stopped by a signal: continued", name, (int)pid);
    return kill(pid, SIGCONT) == 0;
}
