/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/workers.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "scanner/boardwriter.h"
#include "scanner/channel.h"
#include "scanner/ending.h"
#include "scanner/generations.h"
#include "scanner/guardian.h"
#include "scanner/heavies.h"
#include "scanner/jobs.h"
#include "scanner/log.h"
#include "scanner/supervisor.h"

#define MESSAGES 8             /* taken from a worker in one round */
#define SPARE    1             /* workers that wait beyond those that may scan */
#define BIRTH_NS (5 * CLOCK_S) /* from the request for a worker to its HELLO */
#define BIRTH_LATE                                                                                 \
    (50 * CLOCK_MS) /* pause after a worker that died at birth, doubled each time                  \
                     */

void workers_init(struct supervisor *supervisor)
{
    for (unsigned i = 0; i < BOARD_WORKERS; i++) {
        supervisor->slots[i].source = SOURCE_SLOT;
        supervisor->slots[i].channel = supervisor->slots[i].end.fd = -1;
    }
}

static unsigned workers_number(const struct supervisor *supervisor, const struct slot *slot)
{
    return (unsigned)(slot - supervisor->slots);
}

void workers_set_state(struct supervisor *supervisor, struct slot *slot,
                       enum board_worker_state state)
{
    int more = (state != BOARD_WORKER_NONE) - (slot->state != BOARD_WORKER_NONE);

    slot->state = state;
    slot->since_ns = clock_now();
    if (more)
        atomic_fetch_add(&supervisor->board->workers, (uint32_t)more);
    uint64_t generation = 0;
    for (size_t i = 0; i < SUPERVISOR_GENERATIONS; i++)
        if (supervisor->generations[i].load == slot->load)
            generation = supervisor->generations[i].about.number;
    boardwriter_worker(supervisor->board, workers_number(supervisor, slot), slot->pid, state,
                       generation, slot->since_ns);
}

/* -------------------------------------------------------------------- counting */

int workers_left(const struct supervisor *supervisor, uint64_t load)
{
    for (unsigned i = 0; i < BOARD_WORKERS; i++)
        if (supervisor->slots[i].state != BOARD_WORKER_NONE && supervisor->slots[i].load == load)
            return 1;
    return 0;
}

void workers_count(const struct supervisor *supervisor, uint64_t load, struct workers_count *count)
{
    memset(count, 0, sizeof *count);
    for (unsigned i = 0; i < BOARD_WORKERS; i++) {
        const struct slot *slot = &supervisor->slots[i];
        if (slot->state == BOARD_WORKER_NONE || slot->is_dying || slot->load != load)
            continue;
        count->alive++;
        count->idle += slot->state == BOARD_WORKER_IDLE;
        count->busy += slot->state == BOARD_WORKER_SCANNING || slot->state == BOARD_WORKER_HEAVY;
        if (slot->job && slot->job->is_kept)
            count->kept++;
        else
            count->heavy += slot->state == BOARD_WORKER_HEAVY;
    }
}

/* Heavy scans do not count against the ceiling: see heavies. */
static unsigned workers_ceiling(const struct supervisor *supervisor, unsigned heavy)
{
    return (unsigned)supervisor->settings.workers + heavy;
}

struct slot *workers_idle(struct supervisor *supervisor, int *large_too_r)
{
    unsigned workers = (unsigned)supervisor->settings.workers, busy = 0, heavy = 0, large = 0;
    struct slot *idle = NULL;

    if (!supervisor->serving || supervisor->drain_until_ns)
        return NULL;
    for (unsigned i = 0; i < BOARD_WORKERS; i++) {
        struct slot *slot = &supervisor->slots[i];
        if (slot->is_dying || (slot->job && slot->job->is_kept))
            continue;
        if (slot->job) {
            busy++;
            heavy += slot->state == BOARD_WORKER_HEAVY;
            large += slot->job->length >= QUEUE_LARGE && slot->state != BOARD_WORKER_HEAVY;
        } else if (!idle && slot->state == BOARD_WORKER_IDLE &&
                   slot->load == supervisor->serving->load) {
            idle = slot;
        }
    }
    /* Some places are kept for small bodies, whatever number of large ones there is. */
    *large_too_r = large == 0 || large < workers - (workers + 3) / 4;
    return busy < workers_ceiling(supervisor, heavy) ? idle : NULL;
}

/* -------------------------------------------------------------------- starting */

static struct slot *workers_free_slot(struct supervisor *supervisor)
{
    for (unsigned i = 0; i < BOARD_WORKERS; i++)
        if (supervisor->slots[i].state == BOARD_WORKER_NONE)
            return &supervisor->slots[i];
    return NULL;
}

static int workers_ask_for(struct supervisor *supervisor, struct generation *generation)
{
    struct slot *slot = workers_free_slot(supervisor);
    struct channel_message message;
    int pair[2];

    if (!slot || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    channel_init(&message, CHANNEL_FORK);
    message.slot = workers_number(supervisor, slot);
    int failed = channel_send(generation->channel, &message, pair[1], 1) < 0 ||
                 supervisor_watch(supervisor, pair[0], &slot->source, 0) < 0;
    close(pair[1]);
    if (failed) {
        close(pair[0]);
        return -1;
    }
    guardian_park(supervisor, GUARDIAN_SLOT(message.slot), pair[0]);
    slot->pid = 0;
    slot->channel = pair[0];
    slot->is_dying = slot->is_reaped = slot->is_inherited = 0;
    slot->job = NULL;
    slot->load = generation->load;
    slot->scans = 0;
    slot->was_heavy = slot->is_stopped = slot->was_stopped = 0;
    workers_set_state(supervisor, slot, BOARD_WORKER_STARTING);
    return 0;
}

/* The place is free once its process is reaped; one that never had a pid, at once. */
static void workers_release(struct supervisor *supervisor, struct slot *slot)
{
    if (slot->channel >= 0)
        shutdown(slot->channel, SHUT_RDWR); /* the guardian may hold a copy */
    supervisor_unwatch(supervisor, &slot->channel);
    heavies_release(slot);
    slot->is_dying = 1;
    if (slot->pid && !slot->is_reaped)
        return;
    slot->is_dying = slot->is_reaped = 0;
    slot->pid = 0;
    atomic_store(&supervisor->shared[workers_number(supervisor, slot)].memory, 0);
    workers_set_state(supervisor, slot, BOARD_WORKER_NONE);
}

/* More than are wanted: settings have changed, or heavy scans have ended. */
static void workers_trim(struct supervisor *supervisor, uint64_t load, unsigned excess)
{
    for (unsigned i = 0; i < BOARD_WORKERS && excess; i++) {
        struct slot *slot = &supervisor->slots[i];
        if (slot->state == BOARD_WORKER_IDLE && !slot->is_dying && slot->load == load) {
            workers_release(supervisor, slot);
            excess--;
        }
    }
}

static void workers_replenish_one(struct supervisor *supervisor, struct generation *generation)
{
    struct workers_count count;

    workers_count(supervisor, generation->load, &count);
    unsigned wanted = workers_ceiling(supervisor, count.heavy) + count.kept + SPARE;
    while (count.alive < wanted && workers_ask_for(supervisor, generation) == 0)
        count.alive++;
    if (count.alive > wanted)
        workers_trim(supervisor, generation->load, count.alive - wanted);
}

/* A worker that does not come to life means that its generation process does not work. */
static void workers_check_births(struct supervisor *supervisor, struct generation *generation,
                                 uint64_t now)
{
    for (unsigned i = 0; i < BOARD_WORKERS; i++) {
        struct slot *slot = &supervisor->slots[i];
        if (slot->state != BOARD_WORKER_STARTING || slot->load != generation->load ||
            now < slot->since_ns + BIRTH_NS)
            continue;
        log_error("generation process %d does not fork workers: ended", (int)generation->pid);
        generations_break(supervisor, generation);
        return;
    }
}

void workers_replenish(struct supervisor *supervisor, uint64_t now)
{
    for (size_t i = 0; i < SUPERVISOR_GENERATIONS; i++) {
        struct generation *generation = &supervisor->generations[i];
        if (!generation->is_ready || generation->channel < 0)
            continue;
        workers_check_births(supervisor, generation, now);
        if (generation->channel >= 0 && now >= supervisor->fork_after_ns)
            workers_replenish_one(supervisor, generation);
    }
}

/* ---------------------------------------------------------------------- ending */

void workers_kill(struct supervisor *supervisor, struct slot *slot)
{
    if (slot->pid && !slot->is_reaped)
        kill(slot->pid, SIGKILL);
    workers_release(supervisor, slot);
}

void workers_retire(struct supervisor *supervisor, uint64_t load)
{
    for (unsigned i = 0; i < BOARD_WORKERS; i++) {
        struct slot *slot = &supervisor->slots[i];
        if (slot->state != BOARD_WORKER_NONE && slot->load == load && !slot->job && !slot->is_dying)
            workers_release(supervisor, slot); /* the end of its channel is its order to leave */
    }
}

static void workers_died(struct supervisor *supervisor, struct slot *slot)
{
    struct job *job = slot->job;
    unsigned at = workers_number(supervisor, slot);

    slot->job = NULL;
    if (slot->state == BOARD_WORKER_STARTING) {
        uint64_t late = BIRTH_LATE
                        << (supervisor->births_failed < 7 ? supervisor->births_failed : 7);
        supervisor->births_failed++;
        supervisor->fork_after_ns = clock_now() + late;
    }
    if (job) {
        uint64_t id = job->id;
        job->slot = NULL;
        log_error("worker %d died while scanning %llu bytes", (int)slot->pid,
                  (unsigned long long)job->length);
        jobs_crashed(supervisor, job, atomic_load(&supervisor->shared[at].verified) == id,
                     atomic_load(&supervisor->shared[at].depends));
    }
    workers_kill(supervisor, slot);
}

int workers_reaped(struct supervisor *supervisor, pid_t pid, int status)
{
    for (unsigned i = 0; i < BOARD_WORKERS; i++) {
        struct slot *slot = &supervisor->slots[i];
        if (slot->state == BOARD_WORKER_NONE || slot->pid != pid)
            continue;
        slot->is_reaped = 1;
        if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
            log_error("worker %d was ended by signal %d (%s)", (int)pid, WTERMSIG(status),
                      strsignal(WTERMSIG(status)));
        workers_event(supervisor, slot); /* its last words, and their end */
        if (slot->is_reaped)
            workers_died(supervisor, slot);
        return 1;
    }
    return 0;
}

/* --------------------------------------------------------------------- talking */

int workers_start(struct supervisor *supervisor, struct slot *slot, struct job *job, int connection,
                  uint32_t queued_us)
{
    struct channel_message message;

    channel_init(&message, CHANNEL_SCAN);
    message.slot = workers_number(supervisor, slot);
    message.id = job->id;
    message.scan.queued_us = queued_us;
    if (channel_send(slot->channel, &message, connection, 1) < 0) {
        workers_died(supervisor, slot);
        return -1;
    }
    slot->was_stopped = 0;
    slot->job = job;
    job->slot = slot;
    workers_set_state(supervisor, slot, BOARD_WORKER_SCANNING);
    return 0;
}

/* A worker that went heavy cannot raise its priority again, and one that has scanned much may
 * have lost memory. But one that cannot be replaced is better than none. */
static int workers_needs_replacement(const struct supervisor *supervisor, const struct slot *slot)
{
    struct workers_count count;

    if (slot->was_heavy)
        return generations_can_fork(supervisor, slot->load);
    if (slot->scans < supervisor->settings.worker_scans)
        return 0;
    workers_count(supervisor, slot->load, &count);
    return count.idle + count.busy > (unsigned)supervisor->settings.workers;
}

static void workers_done(struct supervisor *supervisor, struct slot *slot,
                         struct channel_message *message)
{
    struct wire_reply *reply = &message->done.reply;
    int is_heavy = slot->state == BOARD_WORKER_HEAVY;
    struct err err;

    heavies_release(slot);
    if (wire_reply_check(reply, sizeof *reply, &err) < 0)
        log_error("worker %d: %s", (int)slot->pid, err.text);
    /* Time that it was stopped for was not the content's: others are not told. */
    slot->job->is_held_up = slot->was_stopped;
    jobs_done(supervisor, slot, reply, (message->done.flags & CHANNEL_STABLE) != 0);
    slot->scans++;
    if ((message->done.flags & CHANNEL_LEAVING) || workers_needs_replacement(supervisor, slot))
        workers_release(supervisor, slot);
    else
        workers_set_state(supervisor, slot, BOARD_WORKER_IDLE);
    if (!supervisor->serving || slot->load != supervisor->serving->load)
        workers_retire(supervisor, slot->load);
    if (is_heavy) /* its place is another's; light ones change nothing, and would only make turns
                     short */
        heavies_step(supervisor, clock_now());
    jobs_dispatch(supervisor);
}

static void workers_hello(struct supervisor *supervisor, struct slot *slot, pid_t pid)
{
    slot->pid = pid;
    ending_watch(supervisor, &slot->end, pid);
    supervisor->births_failed = 0;
    workers_set_state(supervisor, slot, BOARD_WORKER_IDLE);
    jobs_dispatch(supervisor);
}

void workers_lower(struct supervisor *supervisor, struct slot *slot)
{
    if (slot->state != BOARD_WORKER_SCANNING)
        return;
    setpriority(PRIO_PROCESS, (id_t)slot->pid, (int)supervisor->settings.heavy_nice);
    slot->was_heavy = 1;
    slot->ran_ns = 0;
    slot->resumed_ns = clock_now();
    workers_set_state(supervisor, slot, BOARD_WORKER_HEAVY);
}

static void workers_heavy(struct supervisor *supervisor, struct slot *slot)
{
    if (slot->was_heavy)
        return; /* once is enough, whatever it goes on to say */
    boardwriter_count(supervisor->board, BOARD_HEAVY, 1);
    slot->was_heavy = 1;
    workers_set_state(supervisor, slot, BOARD_WORKER_HEAVY);
    heavies_begin(supervisor, slot);
    workers_replenish(supervisor, clock_now());
    jobs_dispatch(supervisor);
}

/* About a scan that an earlier supervisor began: its client hears from the worker alone. */
static int workers_take_inherited(struct supervisor *supervisor, struct slot *slot,
                                  const struct channel_message *message)
{
    struct channel_message answer;

    if (message->kind == CHANNEL_HASHED) {
        channel_init(&answer, CHANNEL_GO);
        return channel_send(slot->channel, &answer, -1, 1) == 0;
    }
    if (message->kind == CHANNEL_HEAVY) {
        slot->was_heavy = 1;
        if (!slot->job && slot->state == BOARD_WORKER_SCANNING) {
            workers_set_state(supervisor, slot, BOARD_WORKER_HEAVY);
            workers_replenish(supervisor, clock_now());
        }
        return 1;
    }
    if (message->kind != CHANNEL_DONE)
        return 0;
    slot->scans++;
    if (slot->job)
        return 1;
    if ((message->done.flags & CHANNEL_LEAVING) || workers_needs_replacement(supervisor, slot))
        workers_release(supervisor, slot);
    else
        workers_set_state(supervisor, slot, BOARD_WORKER_IDLE);
    if (!supervisor->serving || slot->load != supervisor->serving->load)
        workers_retire(supervisor, slot->load);
    jobs_dispatch(supervisor);
    return 1;
}

/* Takes one message. Returns 0 when the worker broke the rules, which ends it. */
static int workers_take(struct supervisor *supervisor, struct slot *slot,
                        struct channel_message *message)
{
    struct job *job = slot->job;

    if (message->kind == CHANNEL_HELLO && slot->state == BOARD_WORKER_STARTING &&
        message->hello.pid > 0) {
        workers_hello(supervisor, slot, message->hello.pid);
        return 1;
    }
    if (slot->is_inherited && (!job || message->id != job->id))
        return workers_take_inherited(supervisor, slot, message);
    if (!job || message->id != job->id)
        return message->kind == CHANNEL_HEAVY; /* a late one is no crime */
    if (message->kind == CHANNEL_HEAVY)
        workers_heavy(supervisor, slot);
    else if (message->kind == CHANNEL_HASHED && !job->has_sha256)
        jobs_hashed(supervisor, slot, message->hashed.sha256);
    else if (message->kind == CHANNEL_DONE)
        workers_done(supervisor, slot, message);
    else
        return 0;
    return 1;
}

void workers_event(struct supervisor *supervisor, struct slot *slot)
{
    struct channel_message message;

    /* The rest is for the next round: a worker that talks without end keeps nobody waiting. */
    for (unsigned i = 0; slot->channel >= 0 && i < MESSAGES; i++) {
        int got = channel_receive(slot->channel, &message, NULL, 1);
        if (got < 0)
            return;
        if (got == 0 || !workers_take(supervisor, slot, &message)) {
            workers_died(supervisor, slot);
            return;
        }
    }
}
