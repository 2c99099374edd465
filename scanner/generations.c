/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/generations.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "common/clock.h"
#include "scanner/boardwriter.h"
#include "scanner/channel.h"
#include "scanner/confinement.h"
#include "scanner/drain.h"
#include "scanner/ending.h"
#include "scanner/engines.h"
#include "scanner/estate.h"
#include "scanner/jobs.h"
#include "scanner/log.h"
#include "scanner/loop.h"
#include "scanner/places.h"
#include "scanner/slots.h"
#include "scanner/spare.h"
#include "scanner/tempdir.h"

#define STAGING_NS   (3 * CLOCK_S)  /* for the workers of a new generation to come to life */
#define SETTLED_NS   (60 * CLOCK_S) /* one that served so long did not fail at once */
#define RETRY_MAX_NS (60 * CLOCK_S)

/* --------------------------------------------------------------------- ending */

static void generations_retry_later(struct supervisor *supervisor, uint64_t now)
{
    uint64_t pause =
        supervisor->retries ? CLOCK_S << (supervisor->retries < 6 ? supervisor->retries : 6) : 0;

    supervisor->retries++;
    supervisor->retry_ns = now + (pause < RETRY_MAX_NS ? pause : RETRY_MAX_NS) + 1;
}

/* Whatever led here: while no process serves or loads, a load is due. Workers of a process that is
 * gone go on, but nobody replaces them. */
static void generations_ensure(struct supervisor *supervisor, uint64_t now)
{
    int serves =
        supervisor->serving && (supervisor->serving->pid || spare_is_awaited(supervisor->serving));

    if (!serves && !supervisor->loading && !supervisor->reload_wanted && !supervisor->retry_ns &&
        !supervisor->drain_until_ns && !supervisor->is_stopping)
        generations_retry_later(supervisor, now);
}

/* Not when newer settings came while it loaded: those are still to be tried. */
static int generations_is_of_last_proposal(const struct supervisor *supervisor,
                                           const struct generation *generation)
{
    return supervisor->is_proposed && generation->proposal == supervisor->proposals;
}

/* A load did not succeed: what serves goes on. */
static void generations_load_failed(struct supervisor *supervisor, uint64_t number, const char *why)
{
    struct generation *generation = supervisor->loading;
    struct err err;
    uint64_t now = clock_now();

    supervisor->loading = NULL;
    engines_kill(supervisor, generation);
    slots_retire(supervisor, generation->load); /* it may have been loaded and forking already */
    generations_show(supervisor);
    boardwriter_failure(supervisor->board, number, why);
    log_error("generation %llu does not load: %s%s", (unsigned long long)number, why,
              supervisor->serving ? "; the one before it goes on serving" : "");
    /* Whoever sees the count finds the reason. */
    boardwriter_count(supervisor->board, BOARD_RELOAD_FAILURES, 1);
    if (generations_is_of_last_proposal(supervisor, generation)) {
        directive_release(scannerconf_rows, scannerconf_count, &supervisor->proposed);
        supervisor->is_proposed = 0;
        estate_note_settings(supervisor);
    }
    if (supervisor->is_drained && supervisor->previous[0]) {
        char directory[sizeof supervisor->previous];
        memcpy(directory, supervisor->previous, sizeof directory);
        supervisor->previous[0] = '\0';
        if (engines_start(supervisor, directory, now, &err) == 0) {
            supervisor->loading->is_fallback = 1;
            return;
        }
        log_error("%s", err.text);
    }
    if (!supervisor->serving) {
        supervisor->is_drained = 0;
        jobs_fail_queue(supervisor, REASON_NO_ENGINE, "");
    }
    generations_ensure(supervisor, now);
}

/* --------------------------------------------------------------- taking over */

static void generations_adopt_settings(struct supervisor *supervisor,
                                       const struct generation *generation)
{
    int64_t entries = supervisor->settings.cache_entries;
    struct err err;

    if (!generations_is_of_last_proposal(supervisor, generation))
        return;
    directive_release(scannerconf_rows, scannerconf_count, &supervisor->settings);
    supervisor->settings = supervisor->proposed;
    supervisor->is_proposed = 0;
    estate_note_settings(supervisor);
    if (supervisor->settings.cache_entries != entries) {
        cache_free(&supervisor->cache);
        supervisor->cache = cache_new((size_t)supervisor->settings.cache_entries);
    }
    if (log_open(supervisor->settings.log, &err) < 0 ||
        places_open_to_group(&supervisor->settings, &err) < 0)
        log_error("%s", err.text);
}

static void generations_warn(const char *line)
{
    log_warn("%s", line);
}

static void generations_take_over(struct supervisor *supervisor)
{
    struct generation *old = supervisor->serving, *new = supervisor->loading;

    supervisor->serving = new;
    supervisor->loading = NULL;
    supervisor->is_drained = 0;
    supervisor->retry_ns = 0;
    crashlist_empty(supervisor->crashlist);
    if (memcmp(supervisor->about.set_id, new->about.set_id, WIRE_SET_ID) != 0)
        cache_empty(supervisor->cache);
    else
        cache_forget(supervisor->cache, REASON_LIMIT_TIME);
    generations_adopt_settings(supervisor, new);
    supervisor->about = new->about;
    generations_show(supervisor);
    boardwriter_publish(supervisor->board, &new->about, new->sandbox);
    if (!new->is_fallback)
        boardwriter_failure(supervisor->board, 0, "");
    boardwriter_count(supervisor->board, BOARD_RELOADS, 1);
    log_info("generation %llu serves: %llu signatures, %s%sloaded in %u ms, %llu MiB, %s",
             (unsigned long long)new->about.number, (unsigned long long)new->about.signatures,
             new->about.versions, new->about.versions[0] ? ", " : "", new->about.load_ms,
             (unsigned long long)(new->resident >> 20), new->sandbox);
    confinement_missing(new->sandbox, generations_warn);
    log_info("shortcuts: %s", new->about.shortcuts[0] ? new->about.shortcuts : "none");
    if (old) {
        engines_kill(supervisor, old); /* its workers live on and finish what they are at */
        slots_retire(supervisor, old->load);
    }
}

/* All its workers live, or long enough was waited for and some do. */
static int generations_can_take_over(const struct supervisor *supervisor, uint64_t now)
{
    const struct generation *generation = supervisor->loading;
    struct slots_count count;

    if (!generation || !generation->is_ready)
        return 0;
    slots_count(supervisor, generation->load, &count);
    return count.idle > 0 && (count.idle >= (unsigned)supervisor->settings.workers ||
                              now - generation->ready_ns > STAGING_NS);
}

/* ---------------------------------------------------------------- all along */

static void generations_sweep(struct supervisor *supervisor)
{
    for (size_t i = 0; i < SUPERVISOR_GENERATIONS; i++) {
        struct generation *generation = &supervisor->generations[i];
        if (generation->load == 0 || generation->pid || generation->spare.pid ||
            generation == supervisor->serving || generation == supervisor->loading ||
            slots_left(supervisor, generation->load))
            continue;
        tempdir_remove_new(generation->fallback);
        engines_clear(supervisor, generation);
    }
}

/* The engine process is gone and its last worker too. */
static void generations_check_served_out(struct supervisor *supervisor)
{
    struct slots_count count;

    if (!supervisor->serving || supervisor->serving->pid || supervisor->loading ||
        supervisor->drain_until_ns || spare_is_awaited(supervisor->serving))
        return;
    slots_count(supervisor, supervisor->serving->load, &count);
    if (count.alive)
        return;
    supervisor->serving = NULL;
    jobs_fail_queue(supervisor, REASON_NO_ENGINE,
                    "the engine was lost and is not loaded again yet");
}

/* The process of the generation that serves is gone. Returns 1 if its copy goes on as it. */
static int generations_take_copy(struct supervisor *supervisor, struct generation *generation)
{
    if (generation != supervisor->serving || generation->pid || supervisor->drain_until_ns ||
        supervisor->is_stopping || !spare_promote(supervisor, generation))
        return 0;
    supervisor->needs_workers = true;
    return 1;
}

static void generations_begin(struct supervisor *supervisor, uint64_t now)
{
    struct err err;

    if (!engines_free_place(supervisor))
        return; /* old ones are still ending */
    if (drain_is_needed(supervisor)) {
        supervisor->reload_wanted = 0;
        drain_begin(supervisor, now);
        return;
    }
    const struct scanner_settings *settings =
        supervisor->is_proposed ? &supervisor->proposed : &supervisor->settings;
    supervisor->reload_wanted = 0;
    supervisor->retry_ns = 0;
    if (engines_start(supervisor, settings->bases, now, &err) < 0) {
        log_error("%s", err.text);
        generations_retry_later(supervisor, now);
    }
}

void generations_step(struct supervisor *supervisor, uint64_t now)
{
    struct generation *loading = supervisor->loading;

    if (loading && !loading->is_ready &&
        now - loading->started_ns > (uint64_t)supervisor->settings.load_timeout * CLOCK_MS) {
        log_error("generation process %d is ended", (int)loading->pid);
        generations_load_failed(supervisor, loading->load, "it did not load within LoadTimeout");
    }
    if (generations_can_take_over(supervisor, now))
        generations_take_over(supervisor);
    if (supervisor->drain_until_ns)
        drain_step(supervisor, now);
    if (supervisor->serving)
        generations_take_copy(supervisor, supervisor->serving); /* it may have come to life */
    generations_check_served_out(supervisor);
    generations_sweep(supervisor);
    generations_ensure(supervisor, now);
    engines_ask_spare(supervisor, now);
    /* While another load runs it may make this one needless. */
    if (supervisor->retry_ns && now >= supervisor->retry_ns && !supervisor->loading)
        supervisor->reload_wanted = 1;
    if (supervisor->reload_wanted && !supervisor->loading && !supervisor->drain_until_ns &&
        !supervisor->is_stopping)
        generations_begin(supervisor, now);
    slots_replenish(supervisor, now);
    generations_show(supervisor);
}

/* An engine whose process is gone is never "ready", though its workers still serve. */
void generations_show(struct supervisor *supervisor)
{
    const struct generation *serving = supervisor->serving;
    const struct generation *loading = supervisor->loading;
    enum board_state state = BOARD_FAILED;
    struct slots_count count = {0};

    if (serving)
        slots_count(supervisor, serving->load, &count);
    if (supervisor->drain_until_ns || supervisor->is_drained)
        state = BOARD_DRAINED;
    else if (serving && serving->pid)
        state = supervisor->loading ? BOARD_RELOADING : BOARD_READY;
    else if (count.alive)
        state = BOARD_RELOADING;
    else if (supervisor->loading || supervisor->loads == 0)
        state = BOARD_LOADING;
    atomic_store(&supervisor->board->loading_since_s,
                 loading ? (uint32_t)(loading->started_ns / CLOCK_S) : 0);
    atomic_store(&supervisor->board->state, (uint32_t)state);
}

/* -------------------------------------------------------------------- hearing */

static void generations_loaded(struct supervisor *supervisor, struct generation *generation,
                               const struct channel_message *message)
{
    generation->about = message->loaded.generation;
    generation->resident = message->loaded.resident;
    memcpy(generation->sandbox, message->loaded.sandbox, sizeof generation->sandbox);
    generation->is_ready = 1;
    generation->ready_ns = clock_now();
    supervisor->needs_workers = true;
}

void generations_event(struct supervisor *supervisor, struct generation *generation)
{
    struct channel_message message;

    while (generation->channel >= 0) {
        int got = channel_receive(generation->channel, &message, NULL, 1);
        if (got < 0)
            return;
        if (got > 0 && message.kind == CHANNEL_LOADED && generation == supervisor->loading) {
            generations_loaded(supervisor, generation, &message);
        } else if (got > 0 && message.kind == CHANNEL_FAILED && generation == supervisor->loading) {
            message.failed.text[sizeof message.failed.text - 1] = '\0';
            generations_load_failed(
                supervisor, message.failed.number ? message.failed.number : generation->load,
                message.failed.text);
        } else {
            engines_break(supervisor, generation); /* at its end; being reaped says the rest */
        }
    }
}

static void generations_lost(struct supervisor *supervisor, struct generation *generation,
                             int status)
{
    uint64_t now = clock_now();

    if (generation == supervisor->loading) {
        char why[128];
        snprintf(why, sizeof why, "its process was ended by %s",
                 WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "an error");
        generations_load_failed(supervisor, generation->load, why);
    } else if (generation == supervisor->serving && !supervisor->drain_until_ns &&
               !supervisor->is_stopping) {
        log_error("the generation process ended unexpectedly; its workers go on, the same Bases "
                  "are loaded anew");
        if (now - generation->ready_ns > SETTLED_NS)
            supervisor->retries = 0;
        generations_ensure(supervisor, now);
    }
    generations_show(supervisor);
}

int generations_reaped(struct supervisor *supervisor, pid_t pid, int status)
{
    for (size_t i = 0; i < SUPERVISOR_GENERATIONS; i++) {
        struct generation *generation = &supervisor->generations[i];
        if (generation->load == 0 || generation->pid != pid)
            continue;
        if (generation == supervisor->loading)
            generations_event(supervisor, generation); /* why it failed, if it could say so */
        generation->pid = 0;
        loop_hang_up(supervisor, &generation->channel);
        ending_drop(supervisor, &generation->end);
        if (!generations_take_copy(supervisor, generation) && !spare_await(generation))
            generations_lost(supervisor, generation, status);
        return 1;
    }
    return 0;
}
