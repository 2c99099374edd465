/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/guardian.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/descriptors.h"
#include "common/message.h"
#include "scanner/ending.h"
#include "scanner/estate.h"
#include "scanner/inherit.h"
#include "scanner/log.h"
#include "scanner/loop.h"
#include "scanner/parking.h"

#define GUARDIAN_TICK_MS  250
#define GUARDIAN_SILENT   40                /* ticks without a round: the supervisor is stuck */
#define GUARDIAN_ORPHAN   (1500 * CLOCK_MS) /* for the supervisor to end once c-icap is gone */
#define GUARDIAN_SETTLED  (250 * CLOCK_MS)  /* who lived so long did not fail at once */
#define GUARDIAN_PAUSE_MS 10                /* after one that did, doubled each time */
#define GUARDIAN_DOUBLED  9                 /* at most so often */
#define GUARDIAN_SERVED   2                 /* the same for one that served: it was killed */
#define GUARDIAN_STUBBORN 3                 /* that fail at once, and a signal says stop */
#define GUARDIAN_RENEW_NS (1 * CLOCK_S)     /* between two tries to make a guardian */

/* In the guardian: all it knows. In the supervisor: other and serve. */
static struct {
    struct supervisor *supervisor;
    guardian_serve *serve;
    struct parking other; /* the way to the other one, and its PID */
    int parked[PARKING_PLACES];
    uint64_t born_ns, orphan_ns;
    uint64_t beats, born_beats;
    unsigned silent, failures;
} guardian = {.other.link = -1};

/* ------------------------------------------------------------- in the guardian */

static void guardian_take(uint32_t place, int fd)
{
    if (place < PARKING_PLACES) {
        int old = guardian.parked[place];
        guardian.parked[place] = fd; /* -1: nothing is parked there any more */
        fd = old;
    }
    if (fd >= 0)
        close(fd);
}

/* Takes what the supervisor sent. Returns 0 when it is gone. */
static int guardian_receive(void)
{
    uint32_t place;
    int fd;

    for (;;) {
        ssize_t got = message_receive(guardian.other.link, &place, sizeof place, &fd, NULL, 1);
        if (got <= 0)
            return got < 0 && errno == EAGAIN;
        guardian_take(got == sizeof place ? place : PARKING_PLACES, fd);
    }
}

static void guardian_kill(pid_t pid)
{
    if (pid > 1)
        kill(pid, SIGKILL);
}

/* The hard end of all that belongs to this scanner. */
static _Noreturn void guardian_end_all(const char *why)
{
    const struct supervisor *supervisor = guardian.supervisor;
    const struct estate *estate = supervisor->estate;
    struct stat st;

    log_error("%s: killed", why);
    if (guardian.other.pid > 1)
        kill(guardian.other.pid, SIGKILL);
    estate_kill(estate);
    if (lstat(supervisor->settings.socket, &st) == 0 && st.st_ino == estate->socket_inode)
        unlink(supervisor->settings.socket);
    _exit(EXIT_FAILURE);
}

/* How the supervisor ended, if it was our child. */
static int guardian_status(void)
{
    int status = 0;
    pid_t got;

    do
        got = waitpid(guardian.other.pid, &status, 0);
    while (got < 0 && errno == EINTR);
    return got == guardian.other.pid && WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_SUCCESS;
}

/* In the child: a supervisor, for good. */
static _Noreturn void guardian_become_supervisor(pid_t parent, int link)
{
    struct supervisor *supervisor = guardian.supervisor;
    struct err err;

    prctl(PR_SET_NAME, "epostavs", 0, 0, 0);
    close(guardian.other.link);
    guardian.other.link = link;
    guardian.other.pid = parent;
    if (inherit_begin(supervisor, guardian.parked, &err) < 0) {
        log_error("cannot take over: %s", err.text);
        _exit(EXIT_FAILURE);
    }
    _exit(guardian.serve(supervisor));
}

/* A supervisor begins, or is known from now on. */
static void guardian_born(void)
{
    guardian.born_ns = clock_now();
    guardian.born_beats = atomic_load(&guardian.supervisor->estate->beats);
}

/* Returns 0, or -1: later. */
static int guardian_fork_supervisor(void)
{
    pid_t self = getpid();
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    guardian_born();
    guardian.silent = 0;
    pid_t pid = fork();
    if (pid == 0) {
        close(pair[0]);
        guardian_become_supervisor(self, pair[1]);
    }
    close(pair[1]);
    if (pid < 0) {
        close(pair[0]);
        return -1;
    }
    close(guardian.other.link);
    guardian.other.link = pair[0];
    guardian.other.pid = pid;
    return 0;
}

static void guardian_log_anew(void)
{
    struct err err;

    if (log_open(guardian.supervisor->settings.log, &err) < 0)
        log_error("%s", err.text);
}

/* The supervisor is gone: the end of the guardian too, or another supervisor. */
static void guardian_lost(void)
{
    const bool served = atomic_load(&guardian.supervisor->estate->beats) != guardian.born_beats;
    pid_t old = guardian.other.pid;

    if (atomic_load(&guardian.supervisor->estate->is_over))
        _exit(guardian_status());
    waitpid(old, NULL, WNOHANG);
    if (clock_now() - guardian.born_ns >= GUARDIAN_SETTLED)
        guardian.failures = 0;
    else if (guardian.failures < GUARDIAN_DOUBLED)
        guardian.failures++;
    if (guardian.failures >= GUARDIAN_STUBBORN &&
        atomic_load(&guardian.supervisor->estate->stop_signal))
        guardian_end_all("the scanner was to stop and did not do it by itself");
    for (unsigned again = 0; again == 0 || guardian_fork_supervisor() < 0; again++)
        if (again || guardian.failures)
            poll(NULL, 0, GUARDIAN_PAUSE_MS << (served ? GUARDIAN_SERVED : guardian.failures));
    estate_tell(guardian.supervisor->estate, guardian.other.pid);
    guardian_log_anew();
    log_error("the supervisor (process %d) ended unexpectedly: process %d has taken over", (int)old,
              (int)guardian.other.pid);
}

static void guardian_reap(void)
{
    siginfo_t info = {.si_pid = 0};

    /* The supervisor's end is seen by its socket. */
    while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid > 0) {
        if (info.si_pid == guardian.other.pid)
            return;
        waitpid(info.si_pid, NULL, 0);
        info.si_pid = 0;
    }
}

static void guardian_on_signals(void)
{
    struct signalfd_siginfo info;

    while (read(guardian.supervisor->signals, &info, sizeof info) == sizeof info)
        if (info.ssi_signo == SIGCHLD)
            guardian_reap();
        else
            estate_tell_signal(guardian.supervisor->estate, guardian.other.pid,
                               (int)info.ssi_signo);
}

/* A supervisor that is stopped or stuck, and the end of c-icap. */
static void guardian_look(void)
{
    const struct supervisor *supervisor = guardian.supervisor;
    struct pollfd lifeline = {.fd = supervisor->options.lifeline, .events = POLLIN};
    uint64_t beats = atomic_load(&supervisor->estate->beats);

    ending_continue(guardian.other.pid, "the supervisor");
    guardian.silent = beats == guardian.beats ? guardian.silent + 1 : 0;
    guardian.beats = beats;
    if (guardian.silent >= GUARDIAN_SILENT) {
        log_error("the supervisor (process %d) is stuck: killed", (int)guardian.other.pid);
        guardian.silent = 0;
        guardian_kill(guardian.other.pid);
    }
    if (lifeline.fd < 0 || poll(&lifeline, 1, 0) <= 0 || !(lifeline.revents & POLLHUP))
        return;
    if (!guardian.orphan_ns)
        guardian.orphan_ns = clock_now() + GUARDIAN_ORPHAN;
    else if (clock_now() >= guardian.orphan_ns)
        guardian_end_all("c-icap is gone and the scanner did not end by itself");
}

static _Noreturn void guardian_run(void)
{
    uint64_t look_ns = 0;

    prctl(PR_SET_NAME, "epostavs-guard", 0, 0, 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    for (;;) {
        struct pollfd items[2] = {{.fd = guardian.other.link, .events = POLLIN},
                                  {.fd = guardian.supervisor->signals, .events = POLLIN}};
        int ready = poll(items, 2, GUARDIAN_TICK_MS);
        if (ready > 0 && items[1].revents)
            guardian_on_signals();
        if (ready > 0 && items[0].revents && !guardian_receive())
            guardian_lost();
        if (clock_now() < look_ns)
            continue;
        guardian_look();
        look_ns = clock_now() + GUARDIAN_TICK_MS * CLOCK_MS;
    }
}

/* ------------------------------------------------------------ in the supervisor */

int guardian_split(struct supervisor *supervisor, guardian_serve *serve, struct err *err)
{
    pid_t self = getpid();
    struct cache_key key;
    uint8_t context[CACHE_CONTEXT];
    int pair[2];

    memset(&key, 0, sizeof key);
    cache_context(context, &key, 0); /* libcrypto prepares itself: now, not in each supervisor */
    guardian.supervisor = supervisor;
    guardian.serve = serve;
    for (size_t i = 0; i < PARKING_PLACES; i++)
        guardian.parked[i] = -1;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return err_sys(err, "cannot make a socket pair");
    guardian_born();
    pid_t pid = fork();
    if (pid < 0) {
        close(pair[0]);
        close(pair[1]);
        return err_sys(err, "cannot fork");
    }
    close(pair[pid == 0 ? 0 : 1]);
    guardian.other.link = pair[pid == 0 ? 1 : 0];
    guardian.other.pid = pid == 0 ? self : pid;
    if (pid == 0)
        return 0;
    guardian.parked[PARKING_LISTENER] = supervisor->listener;
    guardian_run();
}

/* Closes all but what a guardian holds. */
static void guardian_close_files(void)
{
    const struct supervisor *supervisor = guardian.supervisor;
    int kept[PARKING_PLACES + 8] = {guardian.other.link, supervisor->board_lock,
                                    supervisor->signals, supervisor->options.lifeline,
                                    log_origin_fd(),     STDERR_FILENO};
    size_t count = 6;

    for (size_t i = 0; i < PARKING_PLACES; i++)
        kept[count++] = guardian.parked[i];
    descriptors_close_but(kept, count);
}

/* In a child of the supervisor. */
static _Noreturn void guardian_become(pid_t parent, int link)
{
    struct supervisor *supervisor = guardian.supervisor;

    guardian.other.link = link;
    guardian.other.pid = parent;
    guardian_born();
    guardian.orphan_ns = 0;
    guardian.silent = guardian.failures = 0;
    for (size_t i = 0; i < PARKING_PLACES; i++)
        guardian.parked[i] = -1;
    for (unsigned i = 0; i < BOARD_WORKERS; i++)
        if (supervisor->slots[i].state != BOARD_WORKER_NONE)
            guardian.parked[PARKING_SLOT(i)] = supervisor->slots[i].channel;
    for (size_t i = 0; i < SUPERVISOR_GENERATIONS; i++)
        if (supervisor->generations[i].load) {
            guardian.parked[PARKING_GENERATION(i)] = supervisor->generations[i].channel;
            guardian.parked[PARKING_SPARE(i)] = supervisor->generations[i].spare.channel;
        }
    guardian.parked[PARKING_LISTENER] = supervisor->listener;
    guardian_close_files();
    inherit_forget(supervisor);
    guardian_run();
}

static void guardian_renew(struct supervisor *supervisor)
{
    pid_t self = getpid();
    int pair[2];

    loop_unwatch(supervisor, &guardian.other.link);
    guardian.other.pid = 0;
    if (supervisor->is_stopping)
        return;
    guardian.other.renew_ns = clock_now() + GUARDIAN_RENEW_NS;
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return;
    pid_t pid = fork();
    if (pid == 0)
        guardian_become(self, pair[0]);
    close(pair[0]);
    if (pid < 0) {
        close(pair[1]);
        log_error("cannot fork a guardian");
        return;
    }
    guardian.other.link = pair[1];
    guardian.other.pid = pid;
    guardian_watch(supervisor);
}

void guardian_watch(struct supervisor *supervisor)
{
    guardian.other.source = SOURCE_GUARDIAN;
    supervisor->parking = &guardian.other;
    if (guardian.other.link >= 0 &&
        loop_watch(supervisor, guardian.other.link, &guardian.other.source, 0) < 0)
        log_error("cannot watch the guardian: %s", strerror(errno));
    atomic_store(&supervisor->board->guardian_pid, guardian.other.pid);
}

void guardian_event(struct supervisor *supervisor)
{
    char byte;
    pid_t old = guardian.other.pid;
    ssize_t got = recv(guardian.other.link, &byte, 1, MSG_DONTWAIT);

    if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)))
        return;
    guardian_renew(supervisor);
    log_warn("the guardian (process %d) ended unexpectedly: process %d has its place", (int)old,
             (int)guardian.other.pid);
}

void guardian_step(struct supervisor *supervisor, uint64_t now)
{
    if (guardian.other.link < 0 && now >= guardian.other.renew_ns)
        guardian_renew(supervisor);
    ending_continue(guardian.other.pid, "the guardian");
}

void guardian_release(void)
{
    /* Not only where it is seen to be stopped: a SIGSTOP under way is taken back too. */
    if (guardian.other.pid > 1)
        kill(guardian.other.pid, SIGCONT);
}
