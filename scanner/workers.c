/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/workers.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "scanner/boardwriter.h"
#include "scanner/channel.h"
#include "scanner/ending.h"
#include "scanner/heavies.h"
#include "scanner/log.h"
#include "scanner/outcomes.h"
#include "scanner/slots.h"

#define WORKERS_MESSAGES 8 /* taken from a worker in one round */
#define WORKERS_LATE_NS                                                                            \
    (50 * CLOCK_MS) /* pause after a worker that died at birth, doubled each time */

/* ------------------------------------------------------------------ ending */

static void workers_died(struct supervisor *supervisor, struct slot *slot)
{
    struct job *job = slot->job;
    unsigned at = slots_number(supervisor, slot);

    slot->job = NULL;
    if (slot->state == BOARD_WORKER_STARTING) {
        uint64_t late = WORKERS_LATE_NS
                        << (supervisor->births_failed < 7 ? supervisor->births_failed : 7);
        supervisor->births_failed++;
        supervisor->fork_after_ns = clock_now() + late;
    }
    if (job) {
        uint64_t id = job->id;
        job->slot = NULL;
        log_error("worker %d died while scanning %llu bytes", (int)slot->pid,
                  (unsigned long long)job->length);
        outcomes_crashed(supervisor, job, atomic_load(&supervisor->shared[at].verified) == id,
                         atomic_load(&supervisor->shared[at].depends));
    }
    slots_kill(supervisor, slot);
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

/* ----------------------------------------------------------------- talking */

static void workers_done(struct supervisor *supervisor, struct slot *slot,
                         struct channel_message *message)
{
    struct wire_reply *reply = &message->done.reply;
    int is_heavy = slot->state == BOARD_WORKER_HEAVY;
    struct err err;

    slots_go_on(slot);
    if (wire_reply_check(reply, sizeof *reply, &err) < 0)
        log_error("worker %d: %s", (int)slot->pid, err.text);
    /* Time that it was stopped for was not the content's: others are not told. */
    slot->job->is_held_up = slot->was_stopped;
    outcomes_done(supervisor, slot, reply, (message->done.flags & CHANNEL_STABLE) != 0);
    slots_finish(supervisor, slot, message->done.flags);
    if (is_heavy) /* its place is another's; light ones change nothing, and would only make turns
                     short */
        heavies_step(supervisor, clock_now());
}

static void workers_hello(struct supervisor *supervisor, struct slot *slot, pid_t pid)
{
    slot->pid = pid;
    ending_watch(supervisor, &slot->end, pid);
    supervisor->births_failed = 0;
    slots_set_state(supervisor, slot, BOARD_WORKER_IDLE);
}

static void workers_heavy(struct supervisor *supervisor, struct slot *slot)
{
    if (slot->was_heavy)
        return; /* once a scan is enough, whatever it goes on to say */
    boardwriter_count(supervisor->board, BOARD_HEAVY, 1);
    slot->was_heavy = 1;
    slots_set_state(supervisor, slot, BOARD_WORKER_HEAVY);
    heavies_begin(supervisor, slot);
    supervisor->needs_workers = true;
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
            slots_set_state(supervisor, slot, BOARD_WORKER_HEAVY);
            supervisor->needs_workers = true;
        }
        return 1;
    }
    if (message->kind != CHANNEL_DONE)
        return 0;
    if (slot->job)
        slot->scans++;
    else
        slots_finish(supervisor, slot, message->done.flags);
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
        outcomes_hashed(supervisor, slot, message->hashed.sha256);
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
    for (unsigned i = 0; slot->channel >= 0 && i < WORKERS_MESSAGES; i++) {
        int got = channel_receive(slot->channel, &message, NULL, 1);
        if (got < 0)
            return;
        if (got == 0 || !workers_take(supervisor, slot, &message)) {
            workers_died(supervisor, slot);
            return;
        }
    }
}
