/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/candidate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Adds files unless their place is taken: who comes first in sources.xml has precedence. */
static int candidate_add_files(const struct run *run, struct set *to, const struct set *from,
                               const char *source, struct fault *fault)
{
    for (size_t i = 0; i < from->count; i++) {
        const struct set_file *file = &from->files[i];

        if (strcmp(file->source, source) != 0)
            continue;
        const struct set_file *there = set_find(to, file->file.name);
        if (!there) {
            if (set_add(to, &file->file, source, fault) < 0)
                return -1;
        } else if (strcmp(source, SET_LOCAL) != 0) {
            run_warn(run, "%s brings %s, which %s brings too and has precedence", source,
                     file->file.name, there->source);
        }
    }
    return 0;
}

/* Puts together what `taken` says. Returns 0, or -1 and fault. */
static int candidate_compose(const struct run *run, const struct offer *offers,
                             const struct set *import, struct candidate *candidate,
                             struct fault *fault)
{
    const struct set *serving = &run->current.set;
    const struct set *local = candidate->import_taken ? import : serving;

    set_free(&candidate->set);
    for (size_t i = 0; i < run->sources.count; i++)
        if (candidate_add_files(run, &candidate->set,
                                candidate->taken[i] ? &offers[i].set : serving,
                                run->sources.list[i].name, fault) < 0)
            return -1;
    return candidate_add_files(run, &candidate->set, local, SET_LOCAL, fault);
}

/* Files of sources that are no longer in sources.xml go. */
static void candidate_tell_dropped(const struct run *run)
{
    const struct set *serving = &run->current.set;

    for (size_t i = 0; i < serving->count; i++)
        if (strcmp(serving->files[i].source, SET_LOCAL) != 0 &&
            !sources_find(&run->sources, serving->files[i].source))
            run_note(run, "%s goes: its source %s is no longer listed", serving->files[i].file.name,
                     serving->files[i].source);
}

static int candidate_is_new(const struct run *run, const struct candidate *candidate)
{
    uint8_t there[INDEX_SHA256], here[INDEX_SHA256];

    set_digest(&candidate->set, NULL, there);
    set_digest(&run->current.set, NULL, here);
    return candidate->set.count > 0 &&
           (run->current.number == 0 || memcmp(there, here, sizeof here) != 0);
}

/* Builds and tests. Returns 0, or -1 and fault (RESULT_TESTLOAD when only the test failed). */
static int candidate_attempt(struct run *run, const struct offer *offers, const struct set *import,
                             struct candidate *candidate, struct fault *fault)
{
    if (candidate_compose(run, offers, import, candidate, fault) < 0)
        return -1;
    run_step(run, "build", run->store.fresh);
    if (generation_build(&run->store, &candidate->set, &run->current, fault) < 0)
        return -1;
    run_step(run, "test-load", run->store.fresh);
    if (testload_run(run, run->store.fresh, &candidate->set, &candidate->testload, fault) < 0)
        return -1;
    if (candidate->testload.skipped)
        run_warn(run, "the new set is not tested: %s", candidate->testload.why);
    if (*candidate->testload.info.words)
        run_warn(run, "the new set loads, but not all of it: %s", candidate->testload.info.words);
    return 0;
}

static void candidate_put_aside(struct run *run, size_t i, struct offer *offer,
                                const struct fault *fault)
{
    uint8_t digest[INDEX_SHA256];

    set_digest(&offer->set, run->sources.list[i].name, digest);
    record_put_aside(&run->records[i], digest, RESULT_TESTLOAD, fault->err.text);
    offer->result = RESULT_TESTLOAD;
    snprintf(offer->message, sizeof offer->message, "the new set failed its test: %.450s",
             fault->err.text);
    run->records[i].result = offer->result;
    snprintf(run->records[i].message, sizeof run->records[i].message, "%s", offer->message);
}

/* One offer after the other on top of what passed. Returns 0 with .bases/new holding the
 * largest set that passed (or nothing new), or -1 and fault. */
static int candidate_attempt_each(struct run *run, struct offer *offers, const struct set *import,
                                  struct candidate *candidate, int changed, struct fault *fault)
{
    int wanted[SOURCES_MAX], import_wanted = candidate->import_taken, failed = 0;
    int only = changed == 1; /* then it has just been tried */

    memcpy(wanted, candidate->taken, sizeof wanted);
    memset(candidate->taken, 0, sizeof candidate->taken);
    candidate->import_taken = 0;
    for (size_t i = 0; i <= run->sources.count; i++) {
        int *taken = i < run->sources.count ? &candidate->taken[i] : &candidate->import_taken;

        if (!(i < run->sources.count ? wanted[i] : import_wanted))
            continue;
        *taken = 1;
        failed = only || candidate_attempt(run, offers, import, candidate, fault) < 0;
        if (!failed)
            continue;
        if (fault->result != RESULT_TESTLOAD)
            return -1;
        *taken = 0;
        if (i < run->sources.count) {
            candidate_put_aside(run, i, &offers[i], fault);
            continue;
        }
        candidate->import_rejected = 1;
        run_warn(run, "the files of the old installation are not taken: %s", fault->err.text);
    }
    /* After a failure .bases/new holds what failed: make it what passed. */
    return failed && candidate_compose(run, offers, import, candidate, fault) == 0 &&
                   candidate_is_new(run, candidate)
               ? candidate_attempt(run, offers, import, candidate, fault)
               : 0;
}

int candidate_make(struct run *run, struct offer *offers, const struct set *import,
                   struct candidate *candidate, struct fault *fault)
{
    int changed = 0;

    memset(candidate, 0, sizeof *candidate);
    for (size_t i = 0; i < run->sources.count; i++)
        changed += candidate->taken[i] = offers[i].result == RESULT_UPDATED;
    changed += candidate->import_taken = import->count > 0;
    if (candidate_compose(run, offers, import, candidate, fault) < 0)
        return -1;
    if (!candidate_is_new(run, candidate))
        return 0;
    candidate_tell_dropped(run);
    if (candidate_attempt(run, offers, import, candidate, fault) == 0)
        return 1;
    if (fault->result != RESULT_TESTLOAD || changed == 0)
        return -1;
    if (candidate_attempt_each(run, offers, import, candidate, changed, fault) < 0)
        return -1;
    return candidate_compose(run, offers, import, candidate, fault) < 0
               ? -1
               : candidate_is_new(run, candidate);
}

void candidate_free(struct candidate *candidate)
{
    set_free(&candidate->set);
}
