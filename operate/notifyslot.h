/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * notifyslot: what one rule has to tell: at most one notification is on its way,
 * at most one in `every`; all other events meanwhile are one group ("42 more").
 * A try that fails is repeated after a pause that doubles.
 *
 * Times come from the caller, so that a test has its own clock.
 *
 * Owner: the notifier, one for each rule. Threads: one.
 */
#ifndef EPOST_OPERATE_NOTIFYSLOT_H
#define EPOST_OPERATE_NOTIFYSLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"

#define NOTIFYSLOT_NEVER     UINT64_MAX
#define NOTIFYSLOT_PAUSE_MAX 600000u /* ms between two tries */

/* Events that are told together. */
struct notifyslot_group {
    uint64_t count;
    uint64_t first_ms, last_ms; /* since 1970, of the events */
    struct buf event;           /* the last one (common/eventwire.h) */
};

enum notifyslot_outcome {
    NOTIFYSLOT_SENT,
    NOTIFYSLOT_RETRY,  /* it may work later */
    NOTIFYSLOT_REFUSED /* it never will */
};

struct notifyslot {
    uint64_t every_ms, pause_ms;
    unsigned tries;
    bool is_sending;
    unsigned tried;                  /* of the notification on its way, 0: there is none */
    uint64_t next_ms;                /* when it is tried, or the next one may begin */
    struct notifyslot_group waiting; /* the group */
    struct notifyslot_group on_its_way;
};

void notifyslot_init(struct notifyslot *slot, uint64_t every_ms, uint64_t pause_ms, unsigned tries);
void notifyslot_free(struct notifyslot *slot);

/* Adds `count` events to the group, of which `message` is the last. */
void notifyslot_take(struct notifyslot *slot, const void *message, size_t length, uint64_t time_ms,
                     uint64_t count);

/* When notifyslot_begin will want to begin, NOTIFYSLOT_NEVER for nothing to do. */
uint64_t notifyslot_wake(const struct notifyslot *slot);

/* True if slot->on_its_way is to be sent now; then notifyslot_end must follow. */
bool notifyslot_begin(struct notifyslot *slot, uint64_t now_ms);

/* The delivery has ended. Returns the number of events that are given up, 0 if none. */
uint64_t notifyslot_end(struct notifyslot *slot, enum notifyslot_outcome outcome, uint64_t now_ms);

/* All that is not told yet becomes the group of `to`, which belongs to the rule as it is now. */
void notifyslot_move(struct notifyslot *from, struct notifyslot *to);

/* Events that are not told yet. */
uint64_t notifyslot_untold(const struct notifyslot *slot);

#endif
