/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/generations.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/bases.h"
#include "common/clock.h"
#include "scanner/boardwriter.h"
#include "scanner/channel.h"
#include "scanner/drain.h"
#include "scanner/ending.h"
#include "scanner/engine_process.h"
#include "scanner/estate.h"
#include "scanner/guardian.h"
#include "scanner/jobs.h"
#include "scanner/log.h"
#include "scanner/places.h"
#include "scanner/confinement.h"
#include "scanner/spare.h"
#include "scanner/supervisor.h"
#include "scanner/tempdir.h"
#include "scanner/workers.h"

#define CHANNEL_FD   3              /* of a generation process: all else is closed */
#define STAGING_NS   (3 * CLOCK_S)  /* for the workers of a new generation to come to life */
#define SETTLED_NS   (60 * CLOCK_S) /* one that served so long did not fail at once */
#define RETRY_MAX_NS (60 * CLOCK_S)

/* ------------------------------------------------------------------- starting */

static void generations_clear(struct supervisor *supervisor, struct generation *generation)
{
    ending_drop(supervisor, &generation->end);
    ending_drop(supervisor, &generation->spare.end);
    memset(generation, 0, sizeof *generation);
    generation->source = SOURCE_GENERATION;
    generation->channel = generation->end.fd = -1;
    spare_init(&generation->spare);
}

static struct generation *generations_free_place(struct supervisor *supervisor)
{
    for (size_t i = 0; i < SUPERVISOR_GENERATIONS; i++)
        if (supervisor->generations[i].load == 0)
            return &supervisor->generations[i];
    return NULL;
}

/* In the child. The board must not be writable for what parses hostile bytes. */
static _Noreturn void generations_become(struct supervisor *supervisor,
                                         const struct generation *generation, const char *bases,
                                         int channel)
{
    char fallback[sizeof generation->fallback]; /* the estate is unmapped below */

    memcpy(fallback, generation->fallback, sizeof fallback);
    const struct engine_process_start start = {
        .settings = supervisor->is_proposed ? &supervisor->proposed : &supervisor->settings,
        .bases = bases,
        .fallback = fallback,
        .number = generation->load,
        .is_beside = supervisor->serving != NULL,
        .channel = CHANNEL_FD,
        .shared = supervisor->shared};

    setsid(); /* to be scheduled as a group of its own: see pace.h */
    munmap(supervisor->board, sizeof *supervisor->board);
    munmap(supervisor->estate, sizeof *supervisor->estate);
    log_forget_origin();
    if (dup2(channel, CHANNEL_FD) < 0)
        _exit(1);
    close_range(CHANNEL_FD + 1, ~0u, 0);
    engine_process_main(&start);
}

static int generations_start(struct supervisor *supervisor, const char *bases, uint64_t now,
                             struct err *err)
{
    struct generation *generation = generations_free_place(supervisor);
    int pair[2];

    if (!generation)
        return err_set(err, "too many generations are still ending");
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return err_sys(err, "cannot make a socket pair");
    generations_clear(supervisor, generation);
    generation->load = ++supervisor->loads;
    generation->channel = pair[0];
    generation->started_ns = now;
    generation->stamp = bases_stamp_known(bases);
    generation->proposal = supervisor->is_proposed ? supervisor->proposals : 0;
    snprintf(generation->fallback, sizeof generation->fallback, "%.400s%llu.", supervisor->fallback,
             (unsigned long long)generation->load);
    pid_t pid = fork();
    if (pid == 0)
        generations_become(supervisor, generation, bases, pair[1]);
    close(pair[1]);
    generation->pid = pid > 0 ? pid : 0; /* not in the child: it shares this memory until then */
    if (pid < 0 || supervisor_watch(supervisor, pair[0], &generation->source, 0) < 0) {
        err_sys(err, "cannot start a generation process");
        close(pair[0]);
        generation->load = 0;
        return -1;
    }
    ending_watch(supervisor, &generation->end, generation->pid);
    guardian_park(supervisor, GUARDIAN_GENERATION(generation - supervisor->generations), pair[0]);
    supervisor->loading = generation;
    estate_note(supervisor);
    log_info("loading %s in process %d", bases, (int)generation->pid);
    return 0;
}

/* --------------------------------------------------------------------- ending */

static void generations_close_channel(struct supervisor *supervisor, struct generation *generation)
{
    if (generation->channel >= 0)
        shutdown(generation->channel, SHUT_RDWR); /* the guardian may hold a copy */
    supervisor_unwatch(supervisor, &generation->channel);
}

void generations_break(struct supervisor *supervisor, struct generation *generation)
{
    if (generation->pid)
        kill(generation->pid, SIGKILL);
    generations_close_channel(supervisor, generation);
}

void generations_kill(struct supervisor *supervisor, struct generation *generation)
{
    spare_kill(supervisor, generation);
    generations_break(supervisor, generation);
}

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
    generations_kill(supervisor, generation);
    workers_retire(supervisor, generation->load); /* it may have been loaded and forking already */
    generations_show(supervisor);
    boardwriter_count(supervisor->board, BOARD_RELOAD_FAILURES, 1);
    boardwriter_failure(supervisor->board, number, why);
    log_error("generation %llu does not load: %s%s", (unsigned long long)number, why,
              supervisor->serving ? "; the one before it goes on serving" : "");
    if (generations_is_of_last_proposal(supervisor, generation)) {
        directive_release(scannerconf_rows, scannerconf_count, &supervisor->proposed);
        supervisor->is_proposed = 0;
        estate_note_settings(supervisor);
    }
    if (supervisor->is_drained && supervisor->previous[0]) {
        char folder[sizeof supervisor->previous];
        memcpy(folder, supervisor->previous, sizeof folder);
        supervisor->previous[0] = '\0';
        if (generations_start(supervisor, folder, now, &err) == 0) {
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
        generations_kill(supervisor, old); /* its workers live on and finish what they are at */
        workers_retire(supervisor, old->load);
    }
    jobs_dispatch(supervisor);
}

/* All its workers live, or long enough was waited for and some do. */
static int generations_can_take_over(const struct supervisor *supervisor, uint64_t now)
{
    const struct generation *generation = supervisor->loading;
    struct workers_count count;

    if (!generation || !generation->is_ready)
        return 0;
    workers_count(supervisor, generation->load, &count);
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
            workers_left(supervisor, generation->load))
            continue;
        tempdir_remove_new(generation->fallback);
        generations_clear(supervisor, generation);
    }
}

/* The engine process is gone and its last worker too. */
static void generations_check_served_out(struct supervisor *supervisor)
{
    struct workers_count count;

    if (!supervisor->serving || supervisor->serving->pid || supervisor->loading ||
        supervisor->drain_until_ns || spare_is_awaited(supervisor->serving))
        return;
    workers_count(supervisor, supervisor->serving->load, &count);
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
    workers_replenish(supervisor, clock_now());
    return 1;
}

static void generations_begin(struct supervisor *supervisor, uint64_t now)
{
    struct err err;

    if (!generations_free_place(supervisor))
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
    if (generations_start(supervisor, settings->bases, now, &err) < 0) {
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
    spare_step(supervisor, now);
    /* While another load runs it may make this one needless. */
    if (supervisor->retry_ns && now >= supervisor->retry_ns && !supervisor->loading)
        supervisor->reload_wanted = 1;
    if (supervisor->reload_wanted && !supervisor->loading && !supervisor->drain_until_ns &&
        !supervisor->is_stopping)
        generations_begin(supervisor, now);
    if (!supervisor->is_stopping)
        workers_replenish(supervisor, now);
    generations_show(supervisor);
}

/* An engine whose process is gone is never "ready", though its workers still serve. */
void generations_show(struct supervisor *supervisor)
{
    const struct generation *serving = supervisor->serving;
    const struct generation *loading = supervisor->loading;
    enum board_state state = BOARD_FAILED;
    struct workers_count count = {0};

    if (serving)
        workers_count(supervisor, serving->load, &count);
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

int generations_can_fork(const struct supervisor *supervisor, uint64_t load)
{
    for (size_t i = 0; i < SUPERVISOR_GENERATIONS; i++)
        if (supervisor->generations[i].load == load)
            return supervisor->generations[i].is_ready && supervisor->generations[i].channel >= 0;
    return 0;
}

int generations_can_serve(const struct supervisor *supervisor)
{
    return supervisor->serving || supervisor->is_drained;
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
    workers_replenish(supervisor, generation->ready_ns);
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
            generations_break(supervisor, generation); /* at its end; being reaped says the rest */
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
        generations_close_channel(supervisor, generation);
        ending_drop(supervisor, &generation->end);
        if (!generations_take_copy(supervisor, generation) && !spare_await(generation))
            generations_lost(supervisor, generation, status);
        return 1;
    }
    return 0;
}
