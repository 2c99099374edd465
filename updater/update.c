/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/update.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "updater/activate.h"
#include "updater/announce.h"
#include "updater/poll.h"
#include "updater/candidate.h"
#include "updater/fetch.h"
#include "updater/journal.h"
#include "updater/orphans.h"
#include "updater/disk_space.h"
#include "updater/serve.h"
#include "updater/iso8601.h"

int update_load(struct run *run, struct fault *fault)
{
    uint64_t number = generation_current(&run->store);
    char directory[STATE_PATH_MAX];
    int found;

    if (generation_load(&run->store, number, &run->current, &found, fault) < 0)
        return -1;
    if (number > 0 && !found) { /* the state was lost: begin with what lies there */
        store_generation_path(&run->store, number, directory);
        if (generation_survey(directory, &run->current, fault) < 0)
            return -1;
        run->current.confirmed = 1;
    }
    for (size_t i = 0; i < run->sources.count; i++)
        if (record_load(&run->records[i], run->store.state, &run->sources.list[i], fault) < 0)
            return -1;
    for (size_t i = 0; i < run->sources.count; i++)
        record_forget_future(&run->records[i], run->now);
    return 0;
}

void update_release(struct run *run)
{
    generation_free(&run->current);
    for (size_t i = 0; i < run->sources.count; i++)
        record_free(&run->records[i]);
    store_close(&run->store);
}

int64_t update_age(const struct run *run)
{
    int64_t oldest = 0;

    for (size_t i = 0; i < run->sources.count; i++) {
        const struct record *record = &run->records[i];
        /* A source that never brought anything fresh is as old as the first question. */
        int64_t fresh = record->fresh > 0 ? record->fresh : record->since;

        if (run->sources.list[i].required && fresh > 0 && run->now - fresh > oldest)
            oldest = run->now - fresh;
    }
    return oldest;
}

enum result update_raise(const struct run *run, enum result result)
{
    int64_t age = update_age(run);

    switch (result) {
    case RESULT_CURRENT:
    case RESULT_COOLING:
    case RESULT_NETWORK:
    case RESULT_REFUSED:
    case RESULT_TESTLOAD:
    case RESULT_UNCONFIRMED:
        return age * 1000 >= run->settings->alarm_age  ? RESULT_ALARM
               : age * 1000 >= run->settings->warn_age ? RESULT_STALE
                                                       : result;
    default:
        return result;
    }
}

/* ------------------------------------------------------------------- the steps */

static int update_step_lock(struct run *run, struct fault *fault)
{
    run_step(run, "lock", run->store.state);
    return store_lock(&run->store, fault);
}

static int update_step_clean(struct run *run, struct fault *fault)
{
    run_step(run, "orphans", run->store.root);
    if (store_make(&run->store, fault) < 0)
        return -1;
    return orphans_clean(run, fault);
}

static int update_step_room(struct run *run, struct fault *fault)
{
    run_step(run, "room", run->store.parent);
    return disk_space_check(run, 0, fault);
}

static int update_step_take_over(struct run *run, struct fault *fault)
{
    if (activate_take_over(run, fault) < 0)
        return -1;
    return update_load(run, fault);
}

/* The set that serves is as fresh as the offers that are in it. */
static int update_step_remember(struct run *run, const struct offer *offers,
                                const struct candidate *candidate, struct fault *fault)
{
    for (size_t i = 0; i < run->sources.count; i++) {
        if (candidate->taken[i]) {
            run->records[i].checked = run->now;
            if (offers[i].fresh > run->records[i].fresh)
                run->records[i].fresh = offers[i].fresh;
        }
        if (record_save(&run->records[i], run->store.state, &run->sources.list[i], fault) < 0)
            return -1;
    }
    return candidate->import_taken || candidate->import_rejected
               ? activate_imported(&run->store, fault)
               : 0;
}

/* An offer that does not serve is no update: it is not told or remembered as one. */
static void update_step_settle(struct run *run, struct offer *offers, int activated,
                               const struct fault *fault)
{
    struct fault ignored;

    for (size_t i = 0; i < run->sources.count; i++) {
        struct record *record = &run->records[i];

        if (activated > 0 || offers[i].result != RESULT_UPDATED)
            continue;
        offers[i].result = activated < 0 ? fault->result : RESULT_CURRENT;
        snprintf(
            offers[i].message, sizeof offers[i].message, "%.500s",
            activated < 0
                ? fault->err.text
                : "it changes nothing: its files serve already, or come from a source before it");
        offers[i].settled = activated < 0;
        record->result = offers[i].result;
        snprintf(record->message, sizeof record->message, "%s", offers[i].message);
        if (record_save(record, run->store.state, &run->sources.list[i], &ignored) < 0)
            run_warn(run, "%s", ignored.err.text);
    }
}

/* Whether every file of an offer serves, whoever brought it: an old plain directory, for instance.
 */
static int update_serves_already(const struct run *run, const struct set *offer)
{
    for (size_t i = 0; i < offer->count; i++) {
        const struct index_file *file = &offer->files[i].file;
        const struct set_file *there = set_find(&run->current.set, file->name);

        if (!there || strcmp(there->file.name, file->name) != 0 ||
            memcmp(there->file.sha256, file->sha256, sizeof file->sha256) != 0)
            return 0;
    }
    return offer->count > 0;
}

/* From offers to a generation that serves. Returns 1 when there is a new one, 0 when not, -1 and
 * fault. */
static int update_step_activate(struct run *run, struct offer *offers, struct fault *fault)
{
    struct candidate candidate;
    struct set import = {.count = 0};
    int result = activate_import(run, &import, fault);

    if (result < 0)
        return -1;
    result = candidate_make(run, offers, &import, &candidate, fault);
    if (result > 0 && serve_new(run, offers, &candidate, fault) < 0)
        result = -1;
    if (result > 0) {
        run_step(run, "retire", run->store.root);
        if (update_step_remember(run, offers, &candidate, fault) < 0 ||
            orphans_retire(run, fault) < 0)
            result = -1;
    } else if (result == 0) {
        for (size_t i = 0; i < run->sources.count; i++)
            candidate.taken[i] = candidate.taken[i] && update_serves_already(run, &offers[i].set);
        if (update_step_remember(run, offers, &candidate, fault) < 0)
            result = -1;
    }
    struct fault ignored;
    state_remove(run->store.fresh, &ignored); /* a set that was not activated */
    candidate_free(&candidate);
    set_free(&import);
    return result;
}

/* --------------------------------------------------------------- what it comes to */

/* How much a result says about the run: the worst failure first, then success. */
static int update_weight(enum result result)
{
    static const enum result order[] = {
        RESULT_CURRENT,  RESULT_COOLING,     RESULT_UPDATED, RESULT_NETWORK, RESULT_REFUSED,
        RESULT_TESTLOAD, RESULT_UNCONFIRMED, RESULT_CONFIG,  RESULT_FAILED,  RESULT_DISK};

    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (order[i] == result)
            return (int)i;
    return 0;
}

static void update_tell_source(const struct run *run, const struct source *source,
                               const struct offer *offer)
{
    int failed = offer->result != RESULT_UPDATED && offer->result != RESULT_CURRENT;

    if (failed && offer->settled)
        return;
    if (failed && offer->asked)
        run_warn(run, "%s: %s: %s%s", source->name, result_name(offer->result), offer->message,
                 source->required ? "" : " (not required)");
    else if (offer->result == RESULT_UPDATED)
        run_note(run, "%s: %s → %s from %s, %.1f MB in %.1f s%s%s", source->name,
                 *offer->before ? offer->before : "-", *offer->after ? offer->after : "-",
                 offer->mirror, (double)offer->received / 1e6, (double)offer->ms / 1000,
                 *offer->message ? ": " : "", offer->message);
    else
        run_note(run, "%s: %s%s%s%s%s", source->name, result_name(offer->result),
                 *offer->mirror ? ", by " : "", offer->mirror, *offer->message ? ": " : "",
                 offer->message);
}

/* Tells and logs each source; the result of all. */
static enum result update_conclude(const struct run *run, const struct offer *offers, int activated)
{
    enum result worst = activated ? RESULT_UPDATED : RESULT_CURRENT;

    for (size_t i = 0; i < run->sources.count; i++) {
        const struct source *source = &run->sources.list[i];

        update_tell_source(run, source, &offers[i]);
        if (offers[i].asked && !run->check)
            journal_source(run, source, &offers[i]);
        if (source->required && update_weight(offers[i].result) > update_weight(worst))
            worst = offers[i].result;
    }
    return worst;
}

static enum result update_finish(struct run *run, enum result result, const char *message)
{
    enum result raised = update_raise(run, result);
    char text[600], span[WHEN_TEXT];
    struct fault fault;

    snprintf(text, sizeof text, "%.500s", message);
    if (raised != result)
        snprintf(text, sizeof text, "signatures are %s old; %s%s%.400s",
                 iso8601_span(update_age(run), span), result_name(result), *message ? ": " : "",
                 message);
    if (*text && (raised != RESULT_UPDATED && raised != RESULT_CURRENT))
        run_warn(run, "%s: %s", result_name(raised), text);
    if (run->store.lock_fd >= 0 && !run->check) {
        if (raised != result || *message)
            journal_run(run, raised, text);
        if (journal_keep(run, raised, text, &fault) < 0)
            run_warn(run, "%s", fault.err.text);
        announce_run(run, raised, text, run->has_new);
    }
    return raised;
}

/* Everything between the lock and the result. Returns the result, or -1 and fault. */
static int update_steps(struct run *run, struct offer *offers, struct fault *fault)
{
    if (update_step_clean(run, fault) < 0 || update_step_room(run, fault) < 0 ||
        update_step_take_over(run, fault) < 0 || serve_resume(run, fault) < 0 ||
        poll_all(run, offers, fault) < 0)
        return -1;
    int activated = update_step_activate(run, offers, fault);
    update_step_settle(run, offers, activated, fault);
    enum result result = update_conclude(run, offers, activated > 0);
    run->has_new = activated > 0;
    if (run->has_new)
        run_note(run, "generation %" PRIu64 " serves: %zu files, %" PRIu64 " signatures",
                 run->current.number, run->current.set.count, run->current.signatures);
    return activated < 0 ? -1 : (int)result;
}

/* --check: reads, asks, and changes nothing. */
static int update_check_steps(struct run *run, struct offer *offers, struct fault *fault)
{
    int updates = 0;

    if (update_load(run, fault) < 0 || poll_all(run, offers, fault) < 0)
        return -1;
    for (size_t i = 0; i < run->sources.count; i++)
        updates += offers[i].result == RESULT_UPDATED;
    return (int)update_conclude(run, offers, updates > 0);
}

static int update_start(struct run *run, struct fault *fault)
{
    run->now = time(NULL);
    run->deadline_ms = clock_now_ms() + (uint64_t)run->settings->run_timeout;
    if (store_init(&run->store, run->settings, fault) < 0)
        return -1;
    return update_step_lock(run, fault);
}

enum result update_run(struct run *run)
{
    struct offer *offers = calloc(SOURCES_MAX, sizeof *offers);
    struct fault fault = {.result = RESULT_FAILED};
    int result =
        offers ? update_start(run, &fault) : fault_set(&fault, RESULT_FAILED, "not enough memory");

    if (result == 0)
        result = run->check ? update_check_steps(run, offers, &fault)
                            : update_steps(run, offers, &fault);
    enum result final = update_finish(run, result < 0 ? fault.result : (enum result)result,
                                      result < 0 ? fault.err.text : "");
    for (size_t i = 0; offers && i < SOURCES_MAX; i++)
        set_free(&offers[i].set);
    free(offers);
    update_release(run);
    return final;
}

enum result update_rollback(struct run *run, uint64_t number)
{
    struct fault fault = {.result = RESULT_FAILED};
    char message[64] = "";
    int result = update_start(run, &fault);

    if (result == 0)
        result = update_step_clean(run, &fault) < 0 || update_load(run, &fault) < 0 ||
                         serve_rollback(run, number, &fault) < 0
                     ? -1
                     : 0;
    if (result == 0) {
        snprintf(message, sizeof message, "went back to generation %" PRIu64,
                 generation_current(&run->store));
        run_note(run, "%s", message);
        journal_run(run, RESULT_UPDATED, message);
        announce_run(run, RESULT_UPDATED, message, true);
    } else {
        run_warn(run, "%s", fault.err.text);
    }
    update_release(run);
    return result < 0 ? fault.result : RESULT_UPDATED;
}
