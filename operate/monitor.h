/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * monitor: what the parts of the running monitor share.
 *
 * Owner: monitord.c makes it before any thread starts. Threads: the pointers are
 * constant after that; what they point to says for itself.
 */
#ifndef EPOST_OPERATE_MONITOR_H
#define EPOST_OPERATE_MONITOR_H

#include <stdatomic.h>

#include "common/board.h"
#include "operate/backlog.h"
#include "operate/conf.h"
#include "operate/metrics.h"
#include "operate/notifyfeed.h"
#include "operate/store.h"
#include "operate/vault.h"

struct monitor {
    const struct conf *conf;
    struct metrics *metrics;
    struct backlog *backlog;
    struct store *store;
    struct vault *vault;                 /* NULL without a quarantine */
    struct notifyfeed notify;            /* zeroed without notifications */
    _Atomic(const struct board *) board; /* NULL as long as there is none */
};

/* Maps the board if it is there and not mapped yet, and copies it. Returns 0, or -1 when there is
 * none. `workers` takes the number of workers by enum board_worker_state (5). Any thread. */
int monitor_board(struct monitor *monitor, struct board_view *view, unsigned workers[5]);

/* Takes in an event, `message` as it came: counts it, offers it to the rules of notifications, and
 * keeps it. Any thread. */
void monitor_take(struct monitor *monitor, const struct event *event, const void *message,
                  size_t length);

/* Takes in an event of the monitor's own, as those of the service: names the node, counts, keeps.
 * Any thread. */
void monitor_tell(struct monitor *monitor, struct event *event);

#endif
