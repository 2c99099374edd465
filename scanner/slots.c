/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/slots.h"

#include <signal.h>
#include <string.h>

#include "common/clock.h"
#include "scanner/boardwriter.h"
#include "scanner/channel.h"
#include "scanner/engines.h"
#include "scanner/heavy.h"
#include "scanner/log.h"
#include "scanner/loop.h"

#define SLOTS_SPARE    1             /* workers that wait beyond those that may scan */
#define SLOTS_BIRTH_NS (5 * CLOCK_S) /* from the request for a worker to its HELLO */

void slots_init(struct supervisor *supervisor)
{
    for (unsigned i = 0; i < BOARD_WORKERS; i++) {
        supervisor->slots[i].source = SOURCE_SLOT;
        supervisor->slots[i].channel = supervisor->slots[i].end.fd = -1;
    }
}

unsigned slots_number(const struct supervisor *supervisor, const struct slot *slot)
{
    return (unsigned)(slot - supervisor->slots);
}

void slots_set_state(struct supervisor *supervisor, struct slot *slot,
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
    boardwriter_worker(supervisor->board, slots_number(supervisor, slot), slot->pid, state,
                       generation, slot->since_ns);
}

/* ---------------------------------------------------------------- counting */

int slots_left(const struct supervisor *supervisor, uint64_t load)
{
    for (unsigned i = 0; i < BOARD_WORKERS; i++)
        if (supervisor->slots[i].state != BOARD_WORKER_NONE && supervisor->slots[i].load == load)
            return 1;
    return 0;
}

void slots_count(const struct supervisor *supervisor, uint64_t load, struct slots_count *count)
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
static unsigned slots_ceiling(const struct supervisor *supervisor, unsigned heavy)
{
    return (unsigned)supervisor->settings.workers + heavy;
}

/* Who scans, and who could: scans in the background aside. */
struct slots_survey {
    struct slot *idle; /* the one that worked last: it remembers most */
    unsigned idles, busy, heavy, large;
};

static void slots_look(const struct supervisor *supervisor, struct slots_survey *survey)
{
    memset(survey, 0, sizeof *survey);
    if (!supervisor->serving || supervisor->drain_until_ns)
        return;
    for (unsigned i = 0; i < BOARD_WORKERS; i++) {
        struct slot *slot = &supervisor->slots[i];
        if (slot->is_dying || (slot->job && slot->job->is_kept))
            continue;
        if (slot->job) {
            survey->busy++;
            survey->heavy += slot->state == BOARD_WORKER_HEAVY;
            survey->large += slot->job->length >= QUEUE_LARGE && slot->state != BOARD_WORKER_HEAVY;
        } else if (slot->state == BOARD_WORKER_IDLE && slot->load == supervisor->serving->load) {
            survey->idles++;
            if (!survey->idle || slot->since_ns > survey->idle->since_ns)
                survey->idle = slot;
        }
    }
}

struct slot *slots_idle(const struct supervisor *supervisor, int *large_too_r)
{
    unsigned workers = (unsigned)supervisor->settings.workers;
    struct slots_survey survey;

    slots_look(supervisor, &survey);
    /* Some places are kept for small bodies, whatever number of large ones there is. */
    *large_too_r = survey.large == 0 || survey.large < workers - (workers + 3) / 4;
    return survey.busy < slots_ceiling(supervisor, survey.heavy) ? survey.idle : NULL;
}

unsigned slots_room(const struct supervisor *supervisor)
{
    struct slots_survey survey;

    slots_look(supervisor, &survey);
    unsigned ceiling = slots_ceiling(supervisor, survey.heavy);
    unsigned room = survey.busy < ceiling ? ceiling - survey.busy : 0;
    return room < survey.idles ? room : survey.idles;
}

/* ------------------------------------------------------------------ ending */

void slots_stop(struct slot *slot, uint64_t now)
{
    slot->is_stopped = 1;
    slot->was_stopped = 1;
    slot->ran_ns += now - slot->resumed_ns;
    kill(slot->pid, SIGSTOP);
}

void slots_go_on(struct slot *slot)
{
    if (slot->is_stopped && slot->pid && !slot->is_reaped) {
        slot->resumed_ns = clock_now();
        kill(slot->pid, SIGCONT);
    }
    slot->is_stopped = 0;
}

/* The place is free once its process is reaped; one that never had a pid, at once. */
static void slots_release(struct supervisor *supervisor, struct slot *slot)
{
    loop_hang_up(supervisor, &slot->channel);
    slots_go_on(slot);
    slot->is_dying = 1;
    if (slot->pid && !slot->is_reaped)
        return;
    slot->is_dying = slot->is_reaped = 0;
    slot->pid = 0;
    atomic_store(&supervisor->shared[slots_number(supervisor, slot)].memory, 0);
    slots_set_state(supervisor, slot, BOARD_WORKER_NONE);
}

void slots_kill(struct supervisor *supervisor, struct slot *slot)
{
    if (slot->pid && !slot->is_reaped)
        kill(slot->pid, SIGKILL);
    slots_release(supervisor, slot);
}

void slots_retire(struct supervisor *supervisor, uint64_t load)
{
    for (unsigned i = 0; i < BOARD_WORKERS; i++) {
        struct slot *slot = &supervisor->slots[i];
        if (slot->state != BOARD_WORKER_NONE && slot->load == load && !slot->job && !slot->is_dying)
            slots_release(supervisor, slot); /* the end of its channel is its order to leave */
    }
}

/* ---------------------------------------------------------------- starting */

static struct slot *slots_free_slot(struct supervisor *supervisor)
{
    for (unsigned i = 0; i < BOARD_WORKERS; i++)
        if (supervisor->slots[i].state == BOARD_WORKER_NONE)
            return &supervisor->slots[i];
    return NULL;
}

static int slots_ask_for(struct supervisor *supervisor, struct generation *generation)
{
    struct slot *slot = slots_free_slot(supervisor);
    int channel = slot ? engines_ask_worker(supervisor, generation, slot) : -1;

    if (channel < 0)
        return -1;
    slot->pid = 0;
    slot->channel = channel;
    slot->is_dying = slot->is_reaped = slot->is_inherited = 0;
    slot->job = NULL;
    slot->load = generation->load;
    slot->scans = 0;
    slot->was_heavy = slot->is_stopped = slot->was_stopped = 0;
    slots_set_state(supervisor, slot, BOARD_WORKER_STARTING);
    return 0;
}

/* More than are wanted: settings have changed, or heavy scans have ended. */
static void slots_trim(struct supervisor *supervisor, uint64_t load, unsigned excess)
{
    for (; excess; excess--) {
        struct slot *oldest = NULL;
        for (unsigned i = 0; i < BOARD_WORKERS; i++) {
            struct slot *slot = &supervisor->slots[i];
            if (slot->state == BOARD_WORKER_IDLE && !slot->is_dying && slot->load == load &&
                (!oldest || slot->since_ns < oldest->since_ns))
                oldest = slot;
        }
        if (!oldest)
            return;
        slots_release(supervisor, oldest);
    }
}

static void slots_replenish_one(struct supervisor *supervisor, struct generation *generation)
{
    struct slots_count count;

    slots_count(supervisor, generation->load, &count);
    unsigned least = (unsigned)supervisor->settings.workers + SLOTS_SPARE;
    unsigned most = slots_ceiling(supervisor, count.heavy) + count.kept + SLOTS_SPARE;
    unsigned free = count.alive - count.busy;
    /* As long as half of them are free, none is started for a heavy one's sake. */
    while ((count.alive < least || (count.alive < most && free < least / 2 + 1)) &&
           slots_ask_for(supervisor, generation) == 0) {
        count.alive++;
        free++;
    }
    if (count.alive > most)
        slots_trim(supervisor, generation->load, count.alive - most);
}

/* A worker that does not come to life means that its generation process does not work. */
static void slots_check_births(struct supervisor *supervisor, struct generation *generation,
                               uint64_t now)
{
    for (unsigned i = 0; i < BOARD_WORKERS; i++) {
        struct slot *slot = &supervisor->slots[i];
        if (slot->state != BOARD_WORKER_STARTING || slot->load != generation->load ||
            now < slot->since_ns + SLOTS_BIRTH_NS)
            continue;
        log_error("generation process %d does not fork workers: ended", (int)generation->pid);
        engines_break(supervisor, generation);
        return;
    }
}

void slots_replenish(struct supervisor *supervisor, uint64_t now)
{
    supervisor->needs_workers = false;
    if (supervisor->is_stopping)
        return;
    for (size_t i = 0; i < SUPERVISOR_GENERATIONS; i++) {
        struct generation *generation = &supervisor->generations[i];
        if (!generation->is_ready || generation->channel < 0)
            continue;
        slots_check_births(supervisor, generation, now);
        if (generation->channel >= 0 && now >= supervisor->fork_after_ns)
            slots_replenish_one(supervisor, generation);
    }
}

/* ---------------------------------------------------------------- scanning */

int slots_start(struct supervisor *supervisor, struct slot *slot, struct job *job, int connection,
                uint32_t queued_us)
{
    struct channel_message message;

    channel_init(&message, CHANNEL_SCAN);
    message.slot = slots_number(supervisor, slot);
    message.id = job->id;
    message.scan.queued_us = queued_us;
    if (channel_send(slot->channel, &message, connection, 1) < 0) {
        slots_kill(supervisor, slot);
        return -1;
    }
    slot->was_stopped = 0;
    slot->job = job;
    job->slot = slot;
    slots_set_state(supervisor, slot, BOARD_WORKER_SCANNING);
    return 0;
}

/* A worker that has scanned much may have lost memory. But one that cannot be replaced is better
 * than none. */
static int slots_needs_replacement(const struct supervisor *supervisor, const struct slot *slot)
{
    struct slots_count count;

    if (slot->scans < supervisor->settings.worker_scans)
        return 0;
    slots_count(supervisor, slot->load, &count);
    return count.idle + count.busy > (unsigned)supervisor->settings.workers;
}

void slots_finish(struct supervisor *supervisor, struct slot *slot, uint32_t flags)
{
    slot->scans++;
    if (flags & CHANNEL_WORN)
        slot->scans = supervisor->settings.worker_scans;
    slot->was_heavy = 0;
    if ((flags & CHANNEL_LEAVING) || slots_needs_replacement(supervisor, slot))
        slots_release(supervisor, slot);
    else
        slots_set_state(supervisor, slot, BOARD_WORKER_IDLE);
    if (!supervisor->serving || slot->load != supervisor->serving->load)
        slots_retire(supervisor, slot->load);
}

void slots_lower(struct supervisor *supervisor, struct slot *slot)
{
    if (slot->state != BOARD_WORKER_SCANNING)
        return;
    kill(slot->pid, HEAVY_SIGNAL);
    slot->was_heavy = 1;
    slot->ran_ns = 0;
    slot->resumed_ns = clock_now();
    slots_set_state(supervisor, slot, BOARD_WORKER_HEAVY);
}
