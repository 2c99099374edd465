/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * metrics: what the monitor counts while it runs: transactions by profile,
 * verdict, reason and action, histograms of times and sizes, service events, and
 * what became of the events themselves.
 *
 * No user, client, URL or file name comes in here.
 * Threads: any.
 */
#ifndef EPOST_OPERATE_METRICS_H
#define EPOST_OPERATE_METRICS_H

#include <stdint.h>

#include "common/event.h"

#define METRICS_SERIES   1024 /* of transactions; more are counted under the last one */
#define METRICS_PROFILES 32   /* distinct names; more are counted as "other" */
#define METRICS_BUCKETS  16   /* upper bounds, +Inf not counted */

enum metrics_counter {
    METRICS_RECEIVED,  /* events that came over the socket */
    METRICS_REFUSED,   /* messages that were no event */
    METRICS_STRANGERS, /* connections of peers that may not send */
    METRICS_MISSED,    /* that the senders could not deliver */
    METRICS_DROPPED,   /* no room in the backlog */
    METRICS_STORED,    /* in the database, on the disk */
    METRICS_UNSTORED,  /* the database did not take them */
    METRICS_KEPT,      /* bodies kept in quarantine */
    METRICS_UNKEPT,    /* that could not be kept */
    METRICS_COUNTERS
};

enum metrics_histogram {
    METRICS_QUEUE, /* seconds */
    METRICS_SCAN,
    METRICS_REQUEST,
    METRICS_SIZE, /* bytes */
    METRICS_HISTOGRAMS
};

struct metrics_series {
    char profile[32];
    uint8_t verdict; /* METRICS_NO_VERDICT for none */
    uint8_t reason;
    uint8_t action; /* index into the table of metrics_action */
    uint64_t count;
};
#define METRICS_NO_VERDICT 255

struct metrics_spread {
    uint64_t count[METRICS_BUCKETS + 1]; /* not cumulative; the last is over all bounds */
    uint64_t total;
    double sum; /* seconds or bytes */
};

/* All of it at one moment. */
struct metrics_view {
    uint64_t counter[METRICS_COUNTERS];
    uint64_t cached, heavy;
    uint64_t kind[EVENT_KIND_END];
    struct metrics_spread spread[METRICS_HISTOGRAMS];
    unsigned series_count;
    struct metrics_series series[METRICS_SERIES];
};

struct metrics;

struct metrics *metrics_new(void); /* NULL without memory */
void metrics_free(struct metrics **metrics);

/* Takes an event into account. */
void metrics_event(struct metrics *metrics, const struct event *event);

void metrics_add(struct metrics *metrics, enum metrics_counter counter, uint64_t by);

/* Copies everything. */
void metrics_read(struct metrics *metrics, struct metrics_view *view);

/* Upper bounds of a histogram, ascending; *count_r takes how many. */
const double *metrics_bounds(enum metrics_histogram histogram, unsigned *count_r);

/* The bucket of a value: index of the first bound that is not below it, or their number. */
unsigned metrics_bucket(enum metrics_histogram histogram, double value);

/* "fail", "pass", "block", "cut", "aborted"; NULL past the end. */
const char *metrics_action(unsigned action);

/* The index of that word, or -1. */
int metrics_action_of(const char *word);

#endif
