/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * notifyfeed: gives events from the monitor to its notifier, which is a process
 * of its own, and shows what that counts.
 *
 * The monitor may start no program and connect to nobody; the notifier may, and
 * has neither the database nor a key of the quarantine. The feed never waits: an
 * event that does not fit into the socket is not told of, and counted.
 *
 * Owner: monitord.c. Threads: notifyfeed_offer and notifyfeed_read any; the
 * others one.
 */
#ifndef EPOST_OPERATE_NOTIFYFEED_H
#define EPOST_OPERATE_NOTIFYFEED_H

#include <stdatomic.h>

#include "operate/notifyrules.h"

/* Memory that both processes share: a notifier that has to be started anew goes on counting. */
struct notifyfeed_shared {
    _Atomic uint64_t sent[NOTIFYRULES_CHANNELS];   /* notifications */
    _Atomic uint64_t failed[NOTIFYRULES_CHANNELS]; /* given up */
    _Atomic uint64_t events;                       /* that some rule wanted told */
    _Atomic uint64_t dropped;                      /* of which nobody was told */
    _Atomic uint32_t rules;                        /* in force */
    _Atomic uint32_t is_refused;                   /* the file, as it was read last */
};

/* The same at one moment. */
struct notifyfeed_view {
    uint64_t sent[NOTIFYRULES_CHANNELS], failed[NOTIFYRULES_CHANNELS], events, dropped;
    uint32_t rules, is_refused;
};

struct notifyfeed {
    int fd, helper_fd; /* the monitor's end, and the notifier's until it has started */
    struct notifyfeed_shared *shared;
};

#define NOTIFYFEED_RELOAD "R" /* a message of one byte: read the rules again */

/* Makes both ends. Returns 0, or -1 and err; notifyfeed_close either way. */
EPOST_MUST_CHECK int notifyfeed_open(struct notifyfeed *feed, struct err *err);

/* Offers an event, `message` as it came. Requests in which nothing was found are passed over. */
void notifyfeed_offer(struct notifyfeed *feed, const struct event *event, const void *message,
                      size_t length);

/* Tells the notifier to read its rules again. */
void notifyfeed_reload(struct notifyfeed *feed);

void notifyfeed_read(const struct notifyfeed *feed, struct notifyfeed_view *view);

/* Lets the notifier tell what it has, and waits for its end, some seconds at most. */
void notifyfeed_close(struct notifyfeed *feed);

#endif
