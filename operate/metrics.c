/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/metrics.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/verdict.h"

struct metrics {
    pthread_mutex_t mutex;
    struct metrics_view now;
    unsigned profiles;
    char profile[METRICS_PROFILES][32];
};

static const double metrics_seconds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                         0.5,   1,      2.5,   5,    10,    30,   60,  120};
static const double metrics_bytes[] = {0,       1024,    4096,     16384,    65536,     262144,
                                       1048576, 4194304, 16777216, 67108864, 268435456, 1073741824};

static const char metrics_others[sizeof((struct metrics_series *)0)->profile] = "other";

static const char *const metrics_actions[] = {"fail", "pass", "block", "cut", "aborted"};
#define METRICS_ACTIONS (sizeof metrics_actions / sizeof metrics_actions[0])

struct metrics *metrics_new(void)
{
    struct metrics *metrics = calloc(1, sizeof *metrics);

    if (metrics)
        pthread_mutex_init(&metrics->mutex, NULL);
    return metrics;
}

void metrics_free(struct metrics **metrics)
{
    if (!*metrics)
        return;
    pthread_mutex_destroy(&(*metrics)->mutex);
    free(*metrics);
    *metrics = NULL;
}

const double *metrics_bounds(enum metrics_histogram histogram, unsigned *count_r)
{
    if (histogram == METRICS_SIZE) {
        *count_r = sizeof metrics_bytes / sizeof metrics_bytes[0];
        return metrics_bytes;
    }
    *count_r = sizeof metrics_seconds / sizeof metrics_seconds[0];
    return metrics_seconds;
}

unsigned metrics_bucket(enum metrics_histogram histogram, double value)
{
    unsigned count, i = 0;
    const double *bounds = metrics_bounds(histogram, &count);

    while (i < count && value > bounds[i])
        i++;
    return i;
}

const char *metrics_action(unsigned action)
{
    return action < METRICS_ACTIONS ? metrics_actions[action] : NULL;
}

int metrics_action_of(const char *word)
{
    for (unsigned i = 0; i < METRICS_ACTIONS; i++)
        if (strcmp(metrics_actions[i], word) == 0)
            return (int)i;
    return -1;
}

/* --------------------------------------------------------------------- counting */

/* A profile's name as a label: of names beyond the ceiling there is one, "other". */
static const char *metrics_profile(struct metrics *metrics, const char *name)
{
    for (unsigned i = 0; i < metrics->profiles; i++)
        if (strcmp(metrics->profile[i], name) == 0)
            return metrics->profile[i];
    if (metrics->profiles == METRICS_PROFILES)
        return metrics_others;
    snprintf(metrics->profile[metrics->profiles], sizeof metrics->profile[0], "%.31s", name);
    return metrics->profile[metrics->profiles++];
}

static struct metrics_series *metrics_find(struct metrics *metrics,
                                           const struct metrics_series *like)
{
    struct metrics_view *now = &metrics->now;

    for (unsigned i = 0; i < now->series_count; i++) {
        struct metrics_series *one = &now->series[i];
        if (one->verdict == like->verdict && one->reason == like->reason &&
            one->action == like->action && strcmp(one->profile, like->profile) == 0)
            return one;
    }
    if (now->series_count == METRICS_SERIES)
        return &now->series[METRICS_SERIES - 1];
    now->series[now->series_count] = *like;
    return &now->series[now->series_count++];
}

static unsigned metrics_verdict(const char *word)
{
    for (unsigned verdict = 0; verdict < VERDICT_COUNT; verdict++)
        if (strcmp(verdict_name(verdict), word) == 0)
            return verdict;
    return METRICS_NO_VERDICT;
}

static void metrics_transaction(struct metrics *metrics, const struct event *event)
{
    struct metrics_series series = {.count = 0};
    char word[32];

    event_copy(event, EVENT_FIELD_PROFILE, word, sizeof word);
    memcpy(series.profile, metrics_profile(metrics, word), sizeof series.profile);
    event_copy(event, EVENT_FIELD_VERDICT, word, sizeof word);
    series.verdict = (uint8_t)metrics_verdict(word);
    event_copy(event, EVENT_FIELD_REASON, word, sizeof word);
    int reason = reason_from_name(word);
    series.reason = (uint8_t)(reason < 0 ? REASON_UNKNOWN : reason);
    event_copy(event, EVENT_FIELD_ACTION, word, sizeof word);
    int action = metrics_action_of(word);
    series.action = (uint8_t)(action < 0 ? 0 : action);
    metrics_find(metrics, &series)->count++;
    metrics->now.cached += event_number(event, EVENT_FIELD_CACHED) != 0;
    metrics->now.heavy += event_number(event, EVENT_FIELD_HEAVY) != 0;
}

static void metrics_spread(struct metrics *metrics, enum metrics_histogram histogram,
                           const struct event *event, enum event_field field, double unit)
{
    struct metrics_spread *spread = &metrics->now.spread[histogram];

    if (!event_has(event, field))
        return;
    double value = (double)event_number(event, field) / unit;
    spread->count[metrics_bucket(histogram, value)]++;
    spread->total++;
    spread->sum += value;
}

void metrics_event(struct metrics *metrics, const struct event *event)
{
    enum event_kind kind = event_kind_of(event);
    uint64_t count = event_number(event, EVENT_FIELD_COUNT);

    pthread_mutex_lock(&metrics->mutex);
    metrics->now.kind[kind] += count ? count : 1;
    if (kind == EVENT_KIND_TRANSACTION) {
        metrics_transaction(metrics, event);
        metrics_spread(metrics, METRICS_QUEUE, event, EVENT_FIELD_QUEUED_MS, 1e6);
        metrics_spread(metrics, METRICS_SCAN, event, EVENT_FIELD_SCAN_MS, 1e6);
        metrics_spread(metrics, METRICS_REQUEST, event, EVENT_FIELD_MS, 1e6);
        metrics_spread(metrics, METRICS_SIZE, event, EVENT_FIELD_SIZE, 1);
    }
    pthread_mutex_unlock(&metrics->mutex);
}

void metrics_add(struct metrics *metrics, enum metrics_counter counter, uint64_t by)
{
    pthread_mutex_lock(&metrics->mutex);
    metrics->now.counter[counter] += by;
    pthread_mutex_unlock(&metrics->mutex);
}

void metrics_read(struct metrics *metrics, struct metrics_view *view)
{
    pthread_mutex_lock(&metrics->mutex);
    *view = metrics->now;
    pthread_mutex_unlock(&metrics->mutex);
}
