/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/trial.h"

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/facts.h"
#include "inspect/kindof.h"

#define TRIAL_HEAD 4096 /* bytes that are looked at for whether it is text */

struct trial_place {
    uint64_t cost;
    size_t index;
    int done;
};

int trial_possible(const struct inspection *in)
{
    return in->seen.trial < TRIAL_DEPTH && !inspection_over(in);
}

static void trial_start(struct inspection *in, struct trial *trial, bool guess)
{
    trial->finding = in->finding;
    trial->budget = in->budget;
    trial->layers = in->layers;
    trial->scanned = in->scanned;
    trial->marks = seen_begin_trial(&in->seen, guess);
    trial->journal = journal_mark(&in->journal);
    trial->guess = guess;
}

void trial_begin(struct inspection *in, struct trial *trial, unsigned ms)
{
    trial_start(in, trial, false);
    budget_limit(&in->budget, ms, (uint64_t)ms * TRIAL_WALL);
}

void trial_begin_guess(struct inspection *in, struct trial *trial)
{
    trial_start(in, trial, true);
}

/* As if there had been none. */
static void trial_undo(struct inspection *in, const struct trial *trial)
{
    in->finding = trial->finding;
    in->budget = trial->budget;
    in->layers = trial->layers;
    in->scanned = trial->scanned;
}

static void trial_restore_time(struct inspection *in, const struct trial *trial)
{
    in->budget.deadline_ns = trial->budget.deadline_ns;
    in->budget.cpu_until_ns = trial->budget.cpu_until_ns;
    in->budget.cpu_look_ns = trial->budget.cpu_look_ns;
}

int trial_end(struct inspection *in, const struct trial *trial, int undone)
{
    const int kept = finding_final(&in->finding) || (!undone && !budget_is_late(&in->budget));

    seen_end_trial(&in->seen, trial->marks, trial->guess, kept ? SEEN_KEEP : SEEN_FORGET);
    if (kept) {
        trial_restore_time(in, trial);
    } else {
        trial_undo(in, trial);
        journal_undo(&in->journal, &trial->journal);
    }
    return kept;
}

/* Was it gone through to its end? The levels that were left do not count: seen knows them. */
static bool trial_is_whole(const struct inspection *in, const struct trial *trial)
{
    const char *at = in->finding.facts + strlen(trial->finding.facts); /* they are added behind */
    struct fact fact;

    if (in->finding.facts_cut || in->budget.files_left == 0 || budget_ms(&in->budget) == 0)
        return false;
    while (facts_next(&at, &fact))
        if (fact.reason >= REASON_LIMIT_BODY && fact.reason != REASON_LIMIT_RECURSION)
            return false;
    return true;
}

void trial_end_guess(struct inspection *in, const struct trial *trial)
{
    const struct finding found = in->finding;
    const char *at = found.facts;
    struct fact fact;

    if (finding_final(&found)) {
        trial_end(in, trial, 0);
        return;
    }
    const bool is_whole = trial_is_whole(in, trial);
    seen_end_trial(&in->seen, trial->marks, true, is_whole ? SEEN_GUESS : SEEN_FORGET);
    trial_undo(in, trial);
    journal_guessed(&in->journal, &trial->journal);
    if (!is_whole)
        journal_spoil(&in->journal);
    if (!found.all) /* else the first threat has ended everything */
        return;
    while (facts_next(&at, &fact))
        if (reason_verdict(fact.reason) == VERDICT_INFECTED)
            finding_add(&in->finding, fact.reason, fact.part, fact.name, NULL);
    in->finding.facts_cut |= found.facts_cut;
}

static int trial_compare(const void *left, const void *right)
{
    const struct trial_place *a = left, *b = right;

    if (a->cost != b->cost)
        return a->cost < b->cost ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

/* Each for a short time, until all of that is used up. */
static void trial_each(struct inspection *in, struct trial_place *places, size_t count,
                       trial_part *part, void *context)
{
    const uint64_t until = clock_thread_cpu() + TRIAL_PARTS_MS * CLOCK_MS;
    size_t i;

    for (i = 0; i < count && clock_thread_cpu() < until && trial_possible(in); i++) {
        struct trial trial;

        trial_begin(in, &trial, TRIAL_PART_MS);
        part(context, places[i].index);
        places[i].done = trial_end(in, &trial, 0);
    }
}

void trial_parts(struct inspection *in, const uint64_t *costs, size_t count, trial_part *part,
                 void *context, int tries, int finish)
{
    struct trial_place *places = count > 0 ? calloc(count, sizeof *places) : NULL;
    size_t i;

    for (i = 0; places != NULL && i < count; i++)
        places[i] = (struct trial_place){.cost = costs[i], .index = i};
    if (places != NULL)
        qsort(places, count, sizeof *places, trial_compare);
    if (places != NULL && tries)
        trial_each(in, places, count, part, context);
    for (i = 0; finish && i < count && !inspection_over(in); i++)
        if (places == NULL || !places[i].done)
            part(context, places != NULL ? places[i].index : i);
    free(places);
}

int trial_is_plain(const uint8_t *data, size_t length, const char *name)
{
    return memchr(data, 0, length < TRIAL_HEAD ? length : TRIAL_HEAD) == NULL &&
           kind_of(data, length, name) == KIND_NONE && !kind_is_mail(data, length);
}

uint64_t trial_cost(const uint8_t *data, size_t length, const char *name)
{
    return (uint64_t)length * (trial_is_plain(data, length, name) ? 1 : TRIAL_HEAVY);
}
