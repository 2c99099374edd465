/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "scanner/inherit.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "scanner/boardwriter.h"
#include "scanner/connections.h"
#include "scanner/ending.h"
#include "scanner/engines.h"
#include "scanner/estate.h"
#include "scanner/generations.h"
#include "scanner/log.h"
#include "scanner/loop.h"
#include "scanner/parking.h"
#include "scanner/slots.h"
#include "scanner/spare.h"

#define INHERIT_GRACE_NS (3 * CLOCK_S) /* as jobs.c gives a worker beyond MaxScanTime */

static int inherit_parked[PARKING_PLACES]; /* between inherit_begin and inherit_watch */
static int inherit_is_due;

/* ------------------------------------------------------------------ beginning */

void inherit_forget(struct supervisor *supervisor)
{
    connections_sweep(supervisor);
    cache_free(&supervisor->cache);
    deadline_free(&supervisor->deadlines);
    free(supervisor->jobs);
    supervisor->jobs = NULL;
    supervisor->epoll = -1;
}

/* Pointers and descriptors of the process that is gone mean other things here. */
static void inherit_forget_handles(struct estate *estate)
{
    for (unsigned i = 0; i < BOARD_WORKERS; i++) {
        estate->slots[i].job = NULL;
        estate->slots[i].channel = estate->slots[i].end.fd = -1;
    }
    for (size_t i = 0; i < SUPERVISOR_GENERATIONS; i++) {
        struct generation *one = &estate->generations[i];
        one->channel = one->end.fd = one->spare.channel = one->spare.end.fd = -1;
    }
}

static int inherit_settings(struct scanner_settings *settings, const struct estate_text *text,
                            struct err *err)
{
    char *copy = strdup(text->text[atomic_load(&text->current) & 1]);
    int result = -1;

    if (!copy)
        return err_set(err, "out of memory");
    memset(settings, 0, sizeof *settings);
    if (directive_defaults(scannerconf_rows, scannerconf_count, settings, err) == 0 &&
        scannerconf_parse(settings, copy, err) == 0 && scannerconf_finish(settings, err) == 0)
        result = 0;
    free(copy);
    return result;
}

int inherit_begin(struct supervisor *supervisor, const int *parked, struct err *err)
{
    struct supervisor old = *supervisor;
    struct estate *estate = old.estate;

    inherit_forget(&old);
    directive_release(scannerconf_rows, scannerconf_count, &old.settings);
    if (old.is_proposed)
        directive_release(scannerconf_rows, scannerconf_count, &old.proposed);
    memset(supervisor, 0, sizeof *supervisor);
    queue_init(&supervisor->queue);
    supervisor->options = old.options;
    supervisor->epoll = -1;
    supervisor->listener = parked[PARKING_LISTENER];
    supervisor->socket_inode = estate->socket_inode;
    supervisor->signals = old.signals;
    supervisor->board_lock = old.board_lock;
    supervisor->board = old.board;
    supervisor->shared = old.shared;
    supervisor->memory = old.memory;
    supervisor->estate = estate;
    estate_take(supervisor);
    memcpy(supervisor->fallback, old.fallback, sizeof supervisor->fallback);
    memcpy(inherit_parked, parked, sizeof inherit_parked);
    inherit_is_due = 1;
    inherit_forget_handles(estate);
    if (inherit_settings(&supervisor->settings, &estate->settings, err) < 0)
        return -1;
    supervisor->proposals = estate->proposals;
    if (estate->is_proposed) {
        if (inherit_settings(&supervisor->proposed, &estate->proposed, err) < 0)
            return -1;
        supervisor->is_proposed = 1;
    }
    supervisor->cache = cache_new((size_t)supervisor->settings.cache_entries);
    supervisor->last_job = clock_now(); /* never a number that a worker still knows */
    if (log_open(supervisor->settings.log, err) < 0)
        log_error("%s", err->text); /* lines go on to where they went */
    return 0;
}

/* ------------------------------------------------------------------ going on */

static void inherit_slot(struct supervisor *supervisor, struct slot *slot, int channel)
{
    slot->source = SOURCE_SLOT;
    slot->end.fd = -1;
    slot->channel = -1;
    slot->job = NULL;
    if (slot->state == BOARD_WORKER_NONE) {
        if (channel >= 0)
            close(channel);
        return;
    }
    slot->is_inherited = 1;
    slot->is_stopped = slot->was_stopped = 0;
    if (slot->pid > 1)
        kill(slot->pid, SIGCONT); /* its job is gone: nobody else would continue it */
    if (slot->pid)
        ending_watch(supervisor, &slot->end, slot->pid);
    if (!slot->is_dying && channel >= 0 && loop_watch(supervisor, channel, &slot->source, 0) == 0) {
        slot->channel = channel;
        return;
    }
    if (channel >= 0)
        close(channel);
    slots_kill(supervisor, slot); /* free at once when it had no process */
}

static void inherit_generation(struct supervisor *supervisor, struct generation *generation,
                               int channel, int spare)
{
    pid_t pid = generation->spare.pid;

    generation->source = SOURCE_GENERATION;
    generation->channel = generation->end.fd = -1;
    spare_init(&generation->spare);
    if (generation->load == 0) {
        if (channel >= 0)
            close(channel);
        if (spare >= 0)
            close(spare);
        return;
    }
    if (supervisor->loads < generation->load)
        supervisor->loads = generation->load;
    if (generation->pid) {
        ending_watch(supervisor, &generation->end, generation->pid);
        generation->channel = channel;
        if (channel >= 0 && loop_watch(supervisor, channel, &generation->source, 0) < 0)
            engines_break(supervisor, generation); /* nobody would hear it */
    } else if (channel >= 0) {
        close(channel);
    }
    if (spare >= 0) {
        generation->spare.channel = spare;
        if (loop_watch(supervisor, spare, &generation->spare.source, 0) < 0)
            loop_hang_up(supervisor, &generation->spare.channel);
    }
    if (pid) {
        generation->spare.pid = pid;
        ending_watch(supervisor, &generation->spare.end, pid);
    }
    spare_await(generation);
    if (generation != supervisor->serving && generation != supervisor->loading)
        engines_kill(supervisor, generation);
}

void inherit_watch(struct supervisor *supervisor)
{
    if (!inherit_is_due)
        return;
    inherit_is_due = 0;
    for (size_t i = 0; i < SUPERVISOR_GENERATIONS; i++)
        inherit_generation(supervisor, &supervisor->generations[i],
                           inherit_parked[PARKING_GENERATION(i)], inherit_parked[PARKING_SPARE(i)]);
    for (unsigned i = 0; i < BOARD_WORKERS; i++)
        inherit_slot(supervisor, &supervisor->slots[i], inherit_parked[PARKING_SLOT(i)]);
    const struct generation *serving = supervisor->serving;
    if (serving) {
        supervisor->about = serving->about;
        boardwriter_inherit(supervisor->board);
        boardwriter_publish(supervisor->board, &serving->about, serving->sandbox);
        for (unsigned i = 0; i < BOARD_WORKERS; i++)
            if (supervisor->slots[i].load != serving->load)
                slots_retire(supervisor, supervisor->slots[i].load);
    }
    generations_show(supervisor);
}

void inherit_step(struct supervisor *supervisor, uint64_t now)
{
    uint64_t most = (uint64_t)supervisor->settings.max_scan_time * CLOCK_MS + INHERIT_GRACE_NS;

    for (unsigned i = 0; i < BOARD_WORKERS; i++) {
        struct slot *slot = &supervisor->slots[i];
        if (slot->is_inherited && !slot->job && !slot->is_reaped && slot->pid &&
            (slot->state == BOARD_WORKER_SCANNING || slot->state == BOARD_WORKER_HEAVY) &&
            now > slot->since_ns + most)
            slots_kill(supervisor, slot);
    }
}
