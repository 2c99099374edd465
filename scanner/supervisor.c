/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/lockfile.h"
#include "common/meminfo.h"
#include "common/procstate.h"
#include "scanner/background.h"
#include "scanner/boardwriter.h"
#include "scanner/clients.h"
#include "scanner/connections.h"
#include "scanner/dispatch.h"
#include "scanner/engines.h"
#include "scanner/estate.h"
#include "scanner/generations.h"
#include "scanner/guardian.h"
#include "scanner/heavies.h"
#include "scanner/inherit.h"
#include "scanner/jobs.h"
#include "scanner/log.h"
#include "scanner/loop.h"
#include "scanner/places.h"
#include "scanner/reaping.h"
#include "scanner/slots.h"
#include "scanner/spare.h"
#include "scanner/tempdir.h"
#include "scanner/workers.h"

#define EVENTS  64    /* in one round */
#define FILES   65536 /* open files wanted: one a connection */
#define REAP_MS 1000  /* for children to end once they are killed */
#define GONE_MS 900   /* for scans that run when c-icap is gone: nobody waits for most of them */

/* ------------------------------------------------------------------- the loop */

static void supervisor_stop(struct supervisor *supervisor, const char *why)
{
    if (supervisor->is_stopping)
        return;
    log_info("stopping: %s", why);
    supervisor->is_stopping = 1;
    atomic_store(&supervisor->estate->stop_signal, SIGTERM); /* also of one that has our place */
    supervisor->stop_ns = clock_now() + SUPERVISOR_STOP_MS * CLOCK_MS;
    places_close_listener(supervisor);
    jobs_fail_queue(supervisor, REASON_RETRY, "the scanner is stopping");
}

static void supervisor_hang_up(struct supervisor *supervisor)
{
    struct err err;

    atomic_store(&supervisor->estate->is_hang_up_due, 0);
    if (log_open(supervisor->settings.log, &err) < 0)
        log_error("%s", err.text);
    log_info("reload asked for by signal");
    supervisor->reload_wanted = 1;
}

static void supervisor_on_signal(struct supervisor *supervisor)
{
    struct signalfd_siginfo info;

    while (read(supervisor->signals, &info, sizeof info) == sizeof info) {
        if (info.ssi_signo == SIGCHLD)
            reaping_children(supervisor);
        else if (info.ssi_signo == SIGHUP)
            supervisor_hang_up(supervisor);
        else
            supervisor_stop(supervisor, info.ssi_signo == SIGINT ? "SIGINT" : "SIGTERM");
    }
}

/* The pipe from those who need us: nothing is ever written, its end says that they are gone. */
static void supervisor_on_lifeline(struct supervisor *supervisor)
{
    char bytes[64];

    ssize_t got = read(supervisor->options.lifeline, bytes, sizeof bytes);
    if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)))
        return;
    loop_unwatch(supervisor, &supervisor->options.lifeline);
    supervisor_stop(supervisor, "whoever started the scanner is gone");
    supervisor->stop_ns = clock_now() + GONE_MS * CLOCK_MS;
}

static void supervisor_on_event(struct supervisor *supervisor, const struct epoll_event *event)
{
    void *source = event->data.ptr;

    switch (*(enum source *)source) {
    case SOURCE_LISTENER:
        clients_accept(supervisor);
        break;
    case SOURCE_SIGNALS:
        supervisor_on_signal(supervisor);
        break;
    case SOURCE_LIFELINE:
        supervisor_on_lifeline(supervisor);
        break;
    case SOURCE_CONNECTION:
        clients_event(supervisor, source, event->events);
        break;
    case SOURCE_SLOT:
        workers_event(supervisor, source);
        break;
    case SOURCE_GENERATION:
        generations_event(supervisor, source);
        break;
    case SOURCE_SPARE:
        spare_event(supervisor, source);
        break;
    case SOURCE_GUARDIAN:
        guardian_event(supervisor);
        break;
    case SOURCE_ENDING:
        reaping_event(supervisor, source);
        break;
    }
}

static int supervisor_timeout_ms(const struct supervisor *supervisor, uint64_t now)
{
    const struct deadline *first = deadline_first(&supervisor->deadlines);

    if (!first || first->at_ns >= now + SUPERVISOR_TICK_MS * CLOCK_MS)
        return SUPERVISOR_TICK_MS;
    return first->at_ns <= now ? 0 : (int)((first->at_ns - now + CLOCK_MS - 1) / CLOCK_MS);
}

static int supervisor_is_busy(const struct supervisor *supervisor)
{
    for (unsigned i = 0; i < BOARD_WORKERS; i++) {
        const struct slot *slot = &supervisor->slots[i];
        if (slot->job
                ? !TAILQ_EMPTY(&slot->job->waiters)
                : slot->is_inherited && !slot->is_dying &&
                      (slot->state == BOARD_WORKER_SCANNING || slot->state == BOARD_WORKER_HEAVY))
            return 1;
    }
    return 0;
}

/* Work that need not happen at once, and work that follows from the events of a round. */
static void supervisor_after_round(struct supervisor *supervisor, uint64_t *tick_ns)
{
    uint64_t now = clock_now();

    clients_expire(supervisor, now);
    connections_sweep(supervisor);
    boardwriter_beat(supervisor->board, now);
    /* A round without scans changes the engine's life; so may time. */
    if (now >= *tick_ns || supervisor->reload_wanted || supervisor->loading ||
        supervisor->drain_until_ns || supervisor->retry_ns) {
        reaping_step(supervisor);
        guardian_step(supervisor, now);
        inherit_step(supervisor, now);
        background_step(supervisor, now);
        heavies_step(supervisor, now);
        if (places_ensure(supervisor, now) < 0)
            supervisor_stop(supervisor, "the lock of the board is lost");
        generations_step(supervisor, now);
        *tick_ns = now + SUPERVISOR_TICK_MS * CLOCK_MS;
    }
    if (supervisor->needs_workers)
        slots_replenish(supervisor, now);
    dispatch_run(supervisor);
    atomic_store_explicit(&supervisor->board->queued, (uint32_t)supervisor->waiting,
                          memory_order_relaxed);
    estate_note(supervisor);
}

/* Only in the process that stays: an epoll delivers the signals of whoever added the signalfd. */
static int supervisor_watch_all(struct supervisor *supervisor, struct err *err)
{
    supervisor->epoll = epoll_create1(EPOLL_CLOEXEC);
    supervisor->signals_source = SOURCE_SIGNALS;
    supervisor->lifeline_source = SOURCE_LIFELINE;
    if (supervisor->epoll < 0 ||
        /* places_ensure makes one that is not there */
        (supervisor->listener >= 0 && places_watch(supervisor, err) < 0) ||
        loop_watch(supervisor, supervisor->signals, &supervisor->signals_source, 0) < 0)
        return err_sys(err, "cannot watch the sockets");
    if (supervisor->options.lifeline >= 0 &&
        loop_watch(supervisor, supervisor->options.lifeline, &supervisor->lifeline_source, 0) < 0)
        return err_sys(err, "the lifeline is not a pipe");
    guardian_watch(supervisor);
    inherit_watch(supervisor);
    return 0;
}

int supervisor_run(struct supervisor *supervisor, struct err *err)
{
    struct epoll_event events[EVENTS];
    uint64_t tick_ns = 0;

    if (supervisor_watch_all(supervisor, err) < 0)
        return -1;
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    if (!supervisor->serving && !supervisor->loading)
        supervisor->reload_wanted = 1;
    lockfile_sign(supervisor->board_lock); /* the PID has changed if we went to the background */
    atomic_store(&supervisor->board->supervisor_pid, getpid());
    log_info("serving on %s", supervisor->settings.socket);
    for (;;) {
        supervisor_after_round(supervisor, &tick_ns);
        if (supervisor->is_stopping &&
            (!supervisor_is_busy(supervisor) || clock_now() >= supervisor->stop_ns))
            return 0;
        int count = epoll_wait(supervisor->epoll, events, EVENTS,
                               supervisor_timeout_ms(supervisor, clock_now()));
        if (count < 0 && errno != EINTR)
            return err_sys(err, "cannot wait for events");
        for (int i = 0; i < count; i++)
            supervisor_on_event(supervisor, &events[i]);
    }
}

/* -------------------------------------------------------------------- opening */

static int supervisor_open_signals(struct supervisor *supervisor, struct err *err)
{
    static const int wanted[] = {SIGCHLD, SIGHUP, SIGTERM, SIGINT};
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        sigaddset(&set, wanted[i]);
    signal(SIGPIPE, SIG_IGN);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0 ||
        (supervisor->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
        return err_sys(err, "cannot receive signals");
    return 0;
}

/* Directories of generations that could not have a tmpfs; those of a killed predecessor go. */
static void supervisor_name_fallback(struct supervisor *supervisor)
{
    const char *parent = supervisor->settings.temp[0] ? supervisor->settings.temp : "/dev/shm";
    char prefix[64];
    uint64_t hash = 14695981039346656037u; /* FNV-1a */

    if (access(parent, W_OK) < 0)
        parent = "/tmp";
    for (const char *c = supervisor->settings.board; *c; c++)
        hash = (hash ^ (unsigned char)*c) * 1099511628211u;
    snprintf(prefix, sizeof prefix, "epostavs-%u-%016llx-", (unsigned)geteuid(),
             (unsigned long long)hash);
    tempdir_remove_like(parent, prefix);
    snprintf(supervisor->fallback, sizeof supervisor->fallback, "%.400s/%s", parent, prefix);
}

static void supervisor_raise_files(void)
{
    struct rlimit limits;

    if (getrlimit(RLIMIT_NOFILE, &limits) < 0)
        return;
    limits.rlim_cur = limits.rlim_max < FILES ? limits.rlim_max : FILES;
    setrlimit(RLIMIT_NOFILE, &limits);
}

int supervisor_open(struct supervisor *supervisor, struct scanner_settings *settings,
                    const struct supervisor_options *options, struct err *err)
{
    memset(supervisor, 0, sizeof *supervisor);
    supervisor->settings = *settings;
    memset(settings, 0, sizeof *settings);
    supervisor->options = *options;
    supervisor->epoll = supervisor->listener = supervisor->signals = supervisor->board_lock = -1;
    supervisor->memory = meminfo_total("");
    supervisor_raise_files();
    if (estate_make(supervisor, err) < 0)
        return -1;
    engines_init(supervisor);
    slots_init(supervisor);
    supervisor->board = boardwriter_open(supervisor->settings.board, &supervisor->board_lock, err);
    if (!supervisor->board)
        return -1;
    queue_init(&supervisor->queue);
    supervisor->cache = cache_new((size_t)supervisor->settings.cache_entries);
    supervisor_name_fallback(supervisor);
    generations_show(supervisor);
    if (places_open_listener(supervisor, err) < 0 || supervisor_open_signals(supervisor, err) < 0)
        return -1;
    return 0;
}

/* -------------------------------------------------------------------- closing */

static int supervisor_lives(pid_t pid)
{
    if (pid <= 1 || waitpid(pid, NULL, WNOHANG) == pid)
        return 0;
    char state = procstate_of(pid);
    return state && state != 'Z' && state != 'X';
}

/* 1 while a process that was killed has not ended yet. */
static int supervisor_is_left(struct supervisor *supervisor)
{
    for (size_t i = 0; i < SUPERVISOR_GENERATIONS; i++)
        if (supervisor->generations[i].load &&
            (supervisor_lives(supervisor->generations[i].pid) ||
             supervisor_lives(supervisor->generations[i].spare.pid)))
            return 1;
    for (unsigned i = 0; i < BOARD_WORKERS; i++)
        if (supervisor->slots[i].state != BOARD_WORKER_NONE &&
            supervisor_lives(supervisor->slots[i].pid))
            return 1;
    return 0;
}

static void supervisor_end_children(struct supervisor *supervisor)
{
    uint64_t until = clock_now() + REAP_MS * CLOCK_MS;

    for (size_t i = 0; i < SUPERVISOR_GENERATIONS; i++)
        if (supervisor->generations[i].load)
            engines_kill(supervisor, &supervisor->generations[i]);
    for (unsigned i = 0; i < BOARD_WORKERS; i++) {
        struct slot *slot = &supervisor->slots[i];
        if (slot->job)
            jobs_fail(supervisor, slot->job, REASON_RETRY, "the scanner is stopping");
        if (slot->state != BOARD_WORKER_NONE)
            slots_kill(supervisor, slot);
    }
    while (supervisor_is_left(supervisor) && clock_now() < until)
        usleep(2000);
    for (size_t i = 0; i < SUPERVISOR_GENERATIONS; i++)
        if (supervisor->generations[i].fallback[0])
            tempdir_remove_new(supervisor->generations[i].fallback);
}

void supervisor_close(struct supervisor *supervisor)
{
    if (supervisor->board)
        supervisor_end_children(supervisor);
    places_close_listener(supervisor);
    connections_sweep(supervisor);
    if (supervisor->board)
        boardwriter_close(supervisor->settings.board, &supervisor->board, &supervisor->board_lock);
    cache_free(&supervisor->cache);
    deadline_free(&supervisor->deadlines);
    free(supervisor->jobs);
    supervisor->jobs = NULL;
    loop_unwatch(supervisor, &supervisor->signals);
    loop_unwatch(supervisor, &supervisor->options.lifeline);
    if (supervisor->epoll >= 0)
        close(supervisor->epoll);
    supervisor->epoll = -1;
    if (supervisor->shared)
        munmap(supervisor->shared, sizeof *supervisor->shared * BOARD_WORKERS);
    if (supervisor->estate)
        munmap(supervisor->estate, sizeof *supervisor->estate);
    supervisor->shared = NULL;
    supervisor->estate = NULL;
    directive_release(scannerconf_rows, scannerconf_count, &supervisor->settings);
    if (supervisor->is_proposed)
        directive_release(scannerconf_rows, scannerconf_count, &supervisor->proposed);
    supervisor->is_proposed = 0;
}
