/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exposition: the monitor's counters and the scanner's board as metrics in text,
 * for Prometheus and its like.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_OPERATE_EXPOSITION_H
#define EPOST_OPERATE_EXPOSITION_H

#include "common/board.h"
#include "common/buf.h"
#include "operate/metrics.h"
#include "operate/notifyfeed.h"

#define EXPOSITION_MAX (1u << 20) /* bytes */

enum exposition_format {
    EXPOSITION_TEXT = 0,   /* text/plain; version=0.0.4 */
    EXPOSITION_OPENMETRICS /* application/openmetrics-text; version=1.0.0 */
};

struct exposition {
    const struct metrics_view *metrics;
    const struct board_view *board; /* NULL: there is none */
    const unsigned *workers;        /* of the board, by enum board_worker_state */
    uint64_t now_s;
    uint64_t backlog_bytes;
    uint64_t database_bytes, database_events;
    uint64_t quarantine_bytes, quarantine_copies;
    struct notifyfeed_view notify;
};

/* Appends all metrics. Returns 0, or -1 when they do not fit. */
int exposition_write(struct buf *out, const struct exposition *from, enum exposition_format format);

/* The Content-Type of a format. */
const char *exposition_type(enum exposition_format format);

#endif
