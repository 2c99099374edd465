/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "scanner/worker.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scanner/allowance.h"
#include "scanner/channel.h"
#include "scanner/cpulimit.h"
#include "common/clock.h"
#include "common/text.h"
#include "scanner/heavy.h"
#include "inspect/buffer.h"
#include "inspect/inspect.h"
#include "scanner/log.h"
#include "scanner/queue.h"
#include "scanner/request.h"
#include "scanner/tempdir.h"
#include "scanner/turns.h"
#include "scanner/worn.h"

#define WORKER_KEEP_MEMORY (16 << 20) /* bytes: freed memory up to this waits for the next scan */

/* The worker's whole world; a signal handler needs it too. */
static struct {
    const struct worker_start *start;
    struct turns_stack stack;
    struct remembered *remembered;
    char tmpdir[SANDBOX_PATH_MAX];
    struct request request;
    struct channel_message out;
    int connection;
    uint64_t begun_ns; /* CPU time when the scan began */
    volatile int is_scanning;
    bool is_worn, owes_done;
} worker;

static void worker_leave(int status)
{
    _exit(status);
}

/* ---------------------------------------------------------------- replying */

static void worker_send_reply(const struct wire_reply *reply)
{
    ssize_t sent;

    do
        sent = send(worker.connection, reply, sizeof *reply, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
}

static void worker_sign_reply(struct wire_reply *reply)
{
    reply->generation = worker.start->generation->number;
    memcpy(reply->set_id, worker.start->generation->set_id, sizeof reply->set_id);
}

/* The client first, it waits; then the supervisor. */
static void worker_finish(int leaving)
{
    struct channel_message *out = &worker.out;

    atomic_store_explicit(&worker.start->shared[worker.start->slot].replied, out->id,
                          memory_order_release);
    worker_send_reply(&out->done.reply);
    close(worker.connection);
    worker.connection = -1;
    if (worker.request.stable)
        out->done.flags |= CHANNEL_STABLE;
    if (leaving)
        out->done.flags |= CHANNEL_LEAVING;
    if (worker.is_worn)
        out->done.flags |= CHANNEL_WORN;
    if (!leaving && heavy_is_lowered())
        worker.owes_done = true; /* the next scan is not to begin at this priority */
    else if (channel_send(worker.start->channel, out, -1, 0) < 0)
        worker_leave(1);
}

static uint32_t worker_cpu_us(void)
{
    return (uint32_t)((clock_thread_cpu() - worker.begun_ns) / 1000);
}

/* Ends the worker with a reply for what ended its scan. From a signal handler. */
static _Noreturn void worker_end_with(enum reason reason, const char *detail)
{
    struct wire_reply *reply = &worker.out.done.reply;
    uint64_t id = worker.out.id;

    channel_init(&worker.out, CHANNEL_DONE);
    worker.out.id = id;
    wire_reply_init(reply, reason);
    reply->cpu_us = worker_cpu_us();
    reply->depends = atomic_load(&worker.start->shared[worker.start->slot].depends);
    worker_sign_reply(reply);
    text_fit(reply->detail, sizeof reply->detail, detail);
    if (reason != REASON_LIMIT_TIME) /* that comes of the content alone */
        worker.request.stable = 0;
    worker.is_scanning = 0;
    worker_finish(1);
    _exit(0);
}

/* A library that was refused memory may not cope with that. It is a limit, and no crash. */
static void worker_end_if_refused(void)
{
    const char *refusal = allowance_refusal();

    if (worker.is_scanning && refusal)
        worker_end_with(REASON_LIMIT_MEMORY, refusal);
}

/* The fault happens again at once, and then it is a crash. A signal that somebody sent does not
 * come back, and the filter of system calls does not let a process signal itself. */
static void worker_on_fault(int number, siginfo_t *info, void *context)
{
    (void)context;
    worker_end_if_refused();
    signal(number, SIG_DFL);
    if (info->si_code <= 0)
        _exit(128 + number);
}

#ifndef EPOST_SANITIZED
/* GLib and Rust call it without memory. */
__attribute__((visibility("default"))) _Noreturn void abort(void)
{
    worker_end_if_refused();
    signal(SIGABRT, SIG_DFL);
    raise(SIGABRT);
    _exit(128 + SIGABRT);
}
#endif

static void worker_on_cpu_limit(void)
{
    if (worker.is_scanning)
        worker_end_with(REASON_LIMIT_TIME, "the scan used more CPU time than MaxScanCpu allows");
}

static uint64_t worker_seen(void)
{
    return clam_seen(worker.start->clam);
}

/* A file of a body that was cut short while it was read: its reader gets this signal. That is
 * the sender's doing, not the content's, and must not look like a crash. */
static void worker_on_bus_error(int number, siginfo_t *info, void *context)
{
    const uint8_t *at = info->si_addr;

    if (worker.request.map && at >= worker.request.body &&
        at < worker.request.body + worker.request.length) {
        worker_end_with(REASON_IO, "the file was cut short while it was scanned");
    }
    worker_on_fault(number, info, context);
}

/* ---------------------------------------------------------------- scanning */

/* Asks the supervisor about a body whose SHA-256 only the worker knows. 1: scan. */
static int worker_may_scan(uint64_t id)
{
    struct channel_message message;

    channel_init(&message, CHANNEL_HASHED);
    message.id = id;
    memcpy(message.hashed.sha256, worker.request.sha256, sizeof message.hashed.sha256);
    if (channel_send(worker.start->channel, &message, -1, 0) < 0 ||
        channel_receive(worker.start->channel, &message, NULL, 0) <= 0)
        worker_leave(0);
    return message.kind == CHANNEL_GO;
}

static struct inspect_job worker_job(void)
{
    return (struct inspect_job){.view = &worker.request.view,
                                .body = worker.request.body,
                                .length = worker.request.length,
                                .clam = worker.start->clam,
                                .settings = worker.start->settings,
                                .remembered = worker.remembered,
                                .depends = &worker.start->shared[worker.start->slot].depends,
                                .tmpdir = worker.tmpdir,
                                .memory_refusal = allowance_refusal};
}

static void worker_inspect(struct wire_reply *reply)
{
    struct inspect_job job = worker_job();

    worker.begun_ns = clock_thread_cpu();
    heavy_start(worker.out.id, worker.request.length >= QUEUE_LARGE);
    cpulimit_start(worker.request.length);
    inspect_body(&job, reply);
    cpulimit_stop();
    heavy_stop();
    if (allowance_refusal() && reply->reason == REASON_LIMIT_MEMORY)
        worker.request.stable = 0; /* with fewer scans beside it there may be room */
    reply->cpu_us = worker_cpu_us();
}

/* Whether the body is refused for its size alone, with a reply. Not where the client names a hash,
 * under which the verdict would be remembered: nobody has compared it. */
static int worker_refuses(struct wire_reply *reply)
{
    const struct inspect_job job = worker_job();

    if ((worker.request.view.request->flags & WIRE_HAS_SHA256) || !inspect_is_too_large(&job))
        return 0;
    worker.request.stable = 0;
    inspect_body(&job, reply);
    return 1;
}

/* Receives and scans; 0 when the supervisor replies itself. */
static int worker_serve(uint64_t id, uint32_t queued_us)
{
    struct wire_reply *reply = &worker.out.done.reply;
    struct worker_shared *shared = &worker.start->shared[worker.start->slot];
    enum reason reason = REASON_UNKNOWN;
    struct err err;
    uint64_t begun = clock_now();

    channel_init(&worker.out, CHANNEL_DONE);
    worker.out.id = id;
    wire_reply_init(reply, REASON_UNKNOWN);
    int received = request_receive(&worker.request, worker.connection, &reason, &err) == 0;
    if (received && worker_refuses(reply)) {
        worker_sign_reply(reply);
        return 1;
    }
    if (!received || request_hash(&worker.request, &reason, &err) < 0) {
        wire_reply_init(reply, reason);
        snprintf(reply->detail, sizeof reply->detail, "%.*s", (int)sizeof reply->detail - 1,
                 err.text);
    } else if (!(worker.request.view.request->flags & WIRE_HAS_SHA256) && !worker_may_scan(id)) {
        return 0;
    } else {
        atomic_store_explicit(&shared->depends, 0, memory_order_release);
        if (worker.request.stable)
            atomic_store_explicit(&shared->stable, id, memory_order_release);
        atomic_store_explicit(&shared->verified, id, memory_order_release);
        worker_inspect(reply);
    }
    worker_sign_reply(reply);
    reply->queued_us = queued_us;
    reply->elapsed_us = (uint32_t)((clock_now() - begun) / 1000);
    if (heavy_happened())
        reply->flags |= WIRE_HEAVY;
    return 1;
}

static void worker_serve_one(const struct channel_message *message)
{
    struct err err;

    allowance_scan_begins();
    worker.begun_ns = clock_thread_cpu();
    worker.is_scanning = 1;
    if (worker_serve(message->id, message->scan.queued_us)) {
        worker.is_scanning = 0;
        worker_finish(0);
    } else {
        worker.is_scanning = 0;
        close(worker.connection);
        worker.connection = -1;
    }
    request_release(&worker.request);
    allowance_scan_ended();
    if (heavy_happened())
        worker.is_worn = worn_look();
    if (tempdir_empty(worker.tmpdir, &err) < 0)
        worker_leave(0);
}

/* ---------------------------------------------------------------- starting */

/* Only the channel and, if sanitized, standard error stay open. `null` was opened before. */
static void worker_close_files(int null)
{
    if (null >= 0) {
        dup2(null, STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
#ifndef EPOST_SANITIZED
        dup2(null, STDERR_FILENO);
#endif
    }
    close_range(STDERR_FILENO + 1, (unsigned)worker.start->channel - 1, 0);
    close_range((unsigned)worker.start->channel + 1, ~0u, 0);
}

static int worker_set_signals(struct err *err)
{
    struct sigaction action = {.sa_sigaction = worker_on_bus_error,
                               .sa_flags = SA_SIGINFO | SA_NODEFER};

    sigemptyset(&action.sa_mask);
    if (sigaction(SIGBUS, &action, NULL) < 0)
        return err_sys(err, "cannot catch bus errors");
    /* A temporary file beyond its ceiling is a failed write, and no reason to die. */
    signal(SIGXFSZ, SIG_IGN);
#ifndef EPOST_SANITIZED
    static const int faults[] = {SIGSEGV, SIGILL, SIGTRAP, SIGFPE};
    struct sigaction fault = {.sa_sigaction = worker_on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigemptyset(&fault.sa_mask);
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++)
        sigaction(faults[i], &fault, NULL);
#endif
    if (cpulimit_init(worker.start->settings->max_scan_cpu, worker_on_cpu_limit, worker_seen, err) <
        0)
        return -1;
    return heavy_init(worker.start->settings->heavy_after, worker.start->settings->heavy_nice,
                      worker.start->channel, err);
}

static int worker_prepare(struct err *err)
{
    const struct worker_start *start = worker.start;

    mallopt(M_MMAP_THRESHOLD, WORKER_KEEP_MEMORY);
    mallopt(M_TRIM_THRESHOLD, WORKER_KEEP_MEMORY);
    mallopt(M_ARENA_MAX, 1); /* one thread allocates at a time */
    if (worker_set_signals(err) < 0 ||
        sandbox_enter(start->sandbox, start->slot, worker.tmpdir, err) < 0)
        return -1;
    if (turns_prepare(&worker.stack, err) < 0)
        return -1;
    const struct allowance_limits limits = {
        .base = start->sandbox->data_size ? start->sandbox->data_size + TURNS_STACK : 0,
        .room = start->sandbox->room,
        .most = start->sandbox->memory,
        .sum = start->sandbox->all_memory};
    if (allowance_begin(&limits, start->shared, start->slot, err) < 0)
        return -1;
    buffer_more = allowance_more;
    return clam_set_tmpdir(start->clam, worker.tmpdir, err);
}

/* Serves, until a scan has lowered the priority of this thread. */
static bool worker_turn(void)
{
    struct channel_message message;

    if (worker.owes_done) {
        worker.owes_done = false;
        if (channel_send(worker.start->channel, &worker.out, -1, 0) < 0)
            worker_leave(1);
    }
    for (;;) {
        worn_wait(worker.start->channel);
        if (channel_receive(worker.start->channel, &message, &worker.connection, 0) <= 0)
            return false;
        if (message.kind != CHANNEL_SCAN || worker.connection < 0)
            worker_leave(1);
        worker_serve_one(&message);
        if (worker.owes_done)
            return true;
    }
}

_Noreturn void worker_main(const struct worker_start *start)
{
    struct channel_message message;
    struct err err;

    worker.start = start;
    worker.connection = -1;
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    if (worker_prepare(&err) < 0) {
        log_error("a worker cannot start: %s", err.text);
        worker_leave(1);
    }
    worker_close_files(null);
    if (clam_shortcuts(start->clam) & SHORTCUT_MEMBERS)
        worker.remembered = remembered_new();
    worn_begin();
    atomic_store(&start->shared[start->slot].pid, getpid());
    channel_init(&message, CHANNEL_HELLO);
    message.hello.pid = getpid();
    if (channel_send(start->channel, &message, -1, 0) < 0)
        worker_leave(0);
    turns_run(&worker.stack, worker_turn);
    worker_leave(0);
    __builtin_unreachable();
}
