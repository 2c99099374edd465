/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/child.h"

#include <config.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "updater/fetch.h"

static void child_limit(int what, uint64_t value)
{
    struct rlimit rlimit = {value, value};

    setrlimit(what, &rlimit);
}

static void child_confine(const struct child_limits *limits, pid_t parent, int keep)
{
    const char *output = limits->output ? limits->output : "/dev/null";

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    signal(SIGPIPE, SIG_DFL);
    /* The update lock above all: it must be free as soon as the updater is gone. */
    if (keep > 3)
        close_range(3, (unsigned)keep - 1, 0);
    close_range((unsigned)keep + 1, ~0u, 0);
    int fd = open(output, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd >= 0) {
        dup2(fd, STDOUT_FILENO);
        dup2(fd, STDERR_FILENO);
    }
    child_limit(RLIMIT_CORE, 0);
#ifndef EPOST_SANITIZED /* AddressSanitizer's shadow needs terabytes of address space */
    if (limits->address_space)
        child_limit(RLIMIT_AS, limits->address_space);
#endif
    if (limits->file_size)
        child_limit(RLIMIT_FSIZE, limits->file_size);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    /* Best effort: what is loaded here needs no network, and where the kernel grants no
     * namespaces the scanner's own confinement is what counts. */
    if (limits->no_network)
        (void)unshare(CLONE_NEWUSER | CLONE_NEWNET);
    setpriority(PRIO_PROCESS, 0, 5);
}

/* Reads the report until the child closes its end. Returns bytes, or -1 at the deadline. */
static ssize_t child_read_report(int fd, uint64_t deadline_ms, char *report, size_t size)
{
    size_t done = 0;

    for (;;) {
        uint64_t now = clock_now_ms();
        struct pollfd pollfd = {.fd = fd, .events = POLLIN};

        if (now >= deadline_ms)
            return -1;
        uint64_t left = deadline_ms - now;
        int ready = poll(&pollfd, 1, left > 60000 ? 60000 : (int)left);
        if (ready <= 0)
            continue;
        char extra;
        ssize_t n = done < size ? read(fd, report + done, size - done) : read(fd, &extra, 1);
        if (n == 0 || (n < 0 && errno != EINTR))
            return (ssize_t)done;
        if (n > 0 && done < size)
            done += (size_t)n;
    }
}

static int child_judge(const struct child_limits *limits, uint64_t began, int status, ssize_t got,
                       size_t size, struct fault *fault)
{
    if (got < 0)
        return fault_set(fault, RESULT_FAILED, "it ran out of time: killed after %.0f s",
                         (double)(limits->deadline_ms - began) / 1000);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ)
        return fault_set(fault, RESULT_FAILED, "a file grew over the limit of %.1f MB",
                         (double)limits->file_size / 1e6);
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL)
        return fault_set(fault, RESULT_FAILED, "it was killed (out of memory?)");
    if (WIFSIGNALED(status))
        return fault_set(fault, RESULT_FAILED, "it crashed: %s", strsignal(WTERMSIG(status)));
    if ((size_t)got != size)
        return fault_set(fault, RESULT_FAILED, "it ended with status %d and without a report",
                         WEXITSTATUS(status));
    return 0;
}

int child_run(const struct child_limits *limits, void (*work)(void *context, void *report),
              void *context, void *report, size_t size, struct fault *fault)
{
    int ends[2], status = 0;
    uint64_t began = clock_now_ms();
    pid_t parent = getpid();

    if (pipe2(ends, O_CLOEXEC) < 0)
        return fault_sys(fault, "cannot make a pipe");
    fflush(NULL);
    pid_t pid = fork();
    if (pid < 0) {
        close(ends[0]);
        close(ends[1]);
        return fault_sys(fault, "cannot start a process");
    }
    if (pid == 0) {
        child_confine(limits, parent, ends[1]);
        work(context, report);
        /* Reports are smaller than PIPE_BUF, so it is all or nothing. */
        _exit(write(ends[1], report, size) == (ssize_t)size ? 0 : 126);
    }
    close(ends[1]);
    char *copy = malloc(size);
    ssize_t got = copy ? child_read_report(ends[0], limits->deadline_ms, copy, size) : -1;
    close(ends[0]);
    if (got < 0)
        kill(pid, SIGKILL);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    int result = child_judge(limits, began, status, got, size, fault);
    if (result == 0)
        memcpy(report, copy, size);
    free(copy);
    return result;
}
