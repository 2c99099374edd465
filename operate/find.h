/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * find: searches in the event database, and counts out of its tallies.
 *
 * Every search has a ceiling of rows and of time; texts are compared without
 * regard to (ASCII) case, exactly, or as beginning when they end in '*'.
 *
 * Threads: each struct find belongs to one at a time; any number of them.
 */
#ifndef EPOST_OPERATE_FIND_H
#define EPOST_OPERATE_FIND_H

#include <stdbool.h>
#include <stdint.h>

#include "common/err.h"
#include "common/event.h"
#include "operate/metrics.h"
#include "operate/schema.h"

#define FIND_LIMIT_MAX 1000 /* events in one answer */
#define FIND_TIME_MS   3000 /* of one search */
#define FIND_TEXT_MAX  512

struct find;
struct sqlite3;

/* The conditions of a search; "" and 0 say nothing of it. */
struct find_query {
    char text[SCHEMA_COLUMN_COUNT][FIND_TEXT_MAX]; /* by column of schema_columns */
    uint64_t since_ms, until_ms;                   /* until is not included */
    int kind;                                      /* enum event_kind, 0 any */
    int verdict, reason, action;                   /* -1 any */
    int64_t before;                                /* only rows with a lower number, 0 any */
    int64_t number;                                /* this row only */
    unsigned limit;
};

/* One count of an hour, or of several. */
struct find_tally {
    int64_t hour;
    int kind, verdict, reason, action;
    char profile[40];
    uint64_t count, bytes;
};

void find_init(struct find_query *query);

/* Opens the event database for reading. Returns it, to be closed by sqlite3_close, or NULL and err,
 * which says who makes a database that is not there. */
EPOST_MUST_CHECK struct sqlite3 *find_open_database(const char *path, struct err *err);

/* The same for searches. Returns them, or NULL and err. */
EPOST_MUST_CHECK struct find *find_open(const char *path, struct err *err);
void find_close(struct find **find);

/* Calls `each` for what fits, the newest first; what it is given lives until it returns. Returns
 * how many; or -1 and err (also when the search took too long). */
EPOST_MUST_CHECK int find_events(struct find *find, const struct find_query *query,
                                 void (*each)(void *data, int64_t number,
                                              const struct event *event),
                                 void *data, struct err *err);

/* Calls `each` for the tallies from that hour on. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int find_tallies(struct find *find, int64_t hour,
                                  void (*each)(void *data, const struct find_tally *tally),
                                  void *data, struct err *err);

/* Adds the scan times counted from that hour on. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int find_speed(struct find *find, int64_t hour,
                                uint64_t count[METRICS_BUCKETS + 1], struct err *err);

#endif
