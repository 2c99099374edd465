/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/ending.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/procstate.h"
#include "scanner/log.h"

void ending_drop(struct supervisor *supervisor, struct ending *ending)
{
    supervisor_unwatch(supervisor, &ending->fd);
    ending->pid = 0;
}

void ending_watch(struct supervisor *supervisor, struct ending *ending, pid_t pid)
{
    ending_drop(supervisor, ending);
    ending->source = SOURCE_ENDING;
    ending->pid = pid;
    ending->fd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (ending->fd >= 0 && supervisor_watch(supervisor, ending->fd, &ending->source, 0) < 0) {
        close(ending->fd);
        ending->fd = -1;
    }
}

void ending_event(struct supervisor *supervisor, struct ending *ending)
{
    struct pollfd item = {.fd = ending->fd, .events = POLLIN};
    pid_t pid = ending->pid;
    int status = 0;

    if (ending->fd < 0 || poll(&item, 1, 0) <= 0)
        return; /* an event of the process before */
    if (waitpid(pid, &status, WNOHANG) <= 0)
        status = 0; /* another one's child: its parent knows how it ended */
    ending_drop(supervisor, ending);
    supervisor_reaped(supervisor, pid, status);
}

static int ending_is_missed(const struct ending *ending, pid_t pid)
{
    return pid > 0 && ending->fd < 0 && kill(pid, 0) < 0 && errno == ESRCH;
}

void ending_step(struct supervisor *supervisor)
{
    for (size_t i = 0; i < SUPERVISOR_GENERATIONS; i++) {
        struct generation *generation = &supervisor->generations[i];
        if (generation->load)
            ending_continue(generation->pid, "the generation process");
        if (generation->load)
            ending_continue(generation->spare.pid, "the copy of the generation process");
        if (generation->load && ending_is_missed(&generation->end, generation->pid))
            supervisor_reaped(supervisor, generation->pid, 0);
        if (generation->load && ending_is_missed(&generation->spare.end, generation->spare.pid))
            supervisor_reaped(supervisor, generation->spare.pid, 0);
    }
    for (unsigned i = 0; i < BOARD_WORKERS; i++) {
        struct slot *slot = &supervisor->slots[i];
        if (slot->state != BOARD_WORKER_NONE && ending_is_missed(&slot->end, slot->pid))
            supervisor_reaped(supervisor, slot->pid, 0);
    }
}

int ending_continue(pid_t pid, const char *name)
{
    if (pid <= 1 || procstate_of(pid) != 'T')
        return 0;
    log_warn("%s (process %d) was stopped by a signal: continued", name, (int)pid);
    return kill(pid, SIGCONT) == 0;
}
