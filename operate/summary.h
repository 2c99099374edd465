/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * summary: the five answers of the status page, as facts: is it healthy, how old
 * are the signatures, how much was blocked today, how much passed unscanned and
 * why, is it slow.
 *
 * Threads: any.
 */
#ifndef EPOST_OPERATE_SUMMARY_H
#define EPOST_OPERATE_SUMMARY_H

#include <stdbool.h>
#include <stdint.h>

#include "operate/monitor.h"

#define SUMMARY_HOURS   24 /* of the charts */
#define SUMMARY_REASONS 64

enum summary_level { SUMMARY_GOOD = 0, SUMMARY_WARN, SUMMARY_BAD, SUMMARY_UNKNOWN };

struct summary {
    uint64_t now_s;
    bool has_board;
    struct board_view board;
    unsigned workers[5];
    struct store_numbers store;
    uint64_t lost; /* events, since the monitor started */
    /* the answers */
    enum summary_level health;
    const char *health_key; /* why, a word for words.h */
    enum summary_level age_level;
    bool age_is_known;
    uint64_t age_s;
    uint64_t requests, blocked, unscanned, failed; /* today, by local midnight */
    uint64_t unscanned_by[SUMMARY_REASONS];        /* by enum reason */
    enum summary_level unscanned_level;
    enum summary_level speed_level;
    bool speed_is_known;     /* something was scanned in the last hour or two */
    double median_s, slow_s; /* upper bounds of half and of 95 % of the scans */
    /* the charts: the last hours, the present one last */
    uint64_t requests_in[SUMMARY_HOURS], blocked_in[SUMMARY_HOURS], unscanned_in[SUMMARY_HOURS];
};

/* Fills it from board and database. Returns 0; or -1 and err when the database cannot be read,
 * and what the board says is there. */
EPOST_MUST_CHECK int summary_make(struct monitor *monitor, struct summary *summary,
                                  struct err *err);

#endif
