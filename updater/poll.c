/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/poll.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"
#include "updater/directory.h"
#include "updater/fetch.h"
#include "updater/manifest.h"
#include "updater/official.h"
#include "updater/thirdparty.h"
#include "updater/iso8601.h"

static int poll_is_chosen(const struct run *run, const struct source *source)
{
    if (run->only_source && strcmp(run->only_source, source->name) != 0)
        return 0;
    return !run->from || source->type == SOURCE_MANIFEST;
}

/* Whether to ask now. If not, the offer says why. */
static int poll_is_due(const struct run *run, const struct source *source,
                       const struct record *record, struct offer *offer)
{
    int64_t wait = backoff_wait(&record->backoff, run->now);
    int64_t since = run->now - record->checked;
    char span[WHEN_TEXT];

    offer->result = RESULT_CURRENT;
    if (!poll_is_chosen(run, source))
        return 0;
    if (run->force || run->check || run->from)
        return 1;
    if (wait > 0) {
        offer->result = RESULT_COOLING;
        snprintf(offer->message, sizeof offer->message,
                 "it failed (%.300s); asked again in %s, or at once with --force", record->message,
                 iso8601_span(wait, span));
        return 0;
    }
    /* A clock that was set back must not stop updates. */
    if (record->checked > 0 && since >= 0 && since < source->interval) {
        snprintf(offer->message, sizeof offer->message, "asked again in %s",
                 iso8601_span(source->interval - since, span));
        return 0;
    }
    return 1;
}

static int poll_kind(struct run *run, const struct source *source, struct record *record,
                     struct offer *offer, struct fault *fault)
{
    switch (source->type) {
    case SOURCE_MANIFEST:
        return manifest_ask(run, source, record, offer, fault);
    case SOURCE_CLAMAV:
        return official_ask(run, source, record, offer, fault);
    case SOURCE_URL:
        return thirdparty_ask(run, source, record, offer, fault);
    case SOURCE_DIRECTORY:
        return directory_ask(run, source, offer, fault);
    }
    return fault_set(fault, RESULT_FAILED, "unknown kind of source");
}

/* A set that failed before is not tried again until there is another one. */
static void poll_check_aside(const struct run *run, const struct source *source,
                             const struct record *record, struct offer *offer)
{
    uint8_t digest[INDEX_SHA256];

    if (offer->result != RESULT_UPDATED || run->force)
        return;
    set_digest(&offer->set, source->name, digest);
    const struct record_aside *aside = record_is_aside(record, digest);
    if (!aside)
        return;
    offer->result = aside->result;
    offer->fresh = 0;
    snprintf(offer->message, sizeof offer->message,
             "what is offered was set aside: %.256s; waiting for something newer (or --force)",
             aside->why);
}

/* Whether to leave the source alone for a while: not a directory, which an operator mends. */
static int poll_is_networks(const struct source *source, enum result result)
{
    if (source->type == SOURCE_DIRECTORY)
        return 0;
    return result == RESULT_NETWORK || result == RESULT_COOLING || result == RESULT_REFUSED;
}

static void poll_remember(struct run *run, const struct source *source, struct record *record,
                          const struct offer *offer, int answered)
{
    record->tried = run->now;
    if (record->since == 0)
        record->since = run->now;
    record->result = offer->result;
    snprintf(record->message, sizeof record->message, "%s", offer->message);
    if (!answered || offer->partial) {
        if (!run->from && (offer->partial || poll_is_networks(source, offer->result)))
            backoff_fail(&record->backoff, run->now, offer->retry_at, &run->rng);
        return;
    }
    backoff_clear(&record->backoff);
    /* A new set counts as checked once it serves: if this run does not get that far, the next one
     * is to ask again, whatever the interval says. */
    if (offer->result != RESULT_UPDATED)
        record->checked = run->now;
    if (offer->result == RESULT_CURRENT && offer->fresh > record->fresh)
        record->fresh = offer->fresh;
}

static int poll_one(struct run *run, const struct source *source, struct record *record,
                    struct offer *offer, struct fault *fault)
{
    uint64_t start = clock_now_ms();

    if (!poll_is_due(run, source, record, offer))
        return 0;
    run_step(run, "source", source->name);
    offer->asked = 1;
    int answered = poll_kind(run, source, record, offer, fault) == 0;
    if (!answered) {
        offer->result = fault->result;
        snprintf(offer->message, sizeof offer->message, "%.500s", fault->err.text);
    }
    offer->ms = clock_now_ms() - start;
    poll_check_aside(run, source, record, offer);
    if (run->check)
        return 0;
    if (offer->asked)
        poll_remember(run, source, record, offer, answered);
    return record_save(record, run->store.state, source, fault);
}

int poll_all(struct run *run, struct offer *offers, struct fault *fault)
{
    for (size_t i = 0; i < run->sources.count; i++)
        if (poll_one(run, &run->sources.list[i], &run->records[i], &offers[i], fault) < 0)
            return -1;
    return 0;
}
