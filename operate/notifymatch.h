/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * notifymatch: whether an event fits a rule, and whether enough of them came.
 *
 * Owner: one struct notifymatch for each rule, with the notifier. Threads: one.
 */
#ifndef EPOST_OPERATE_NOTIFYMATCH_H
#define EPOST_OPERATE_NOTIFYMATCH_H

#include "operate/notifyrules.h"

struct notifymatch {
    const struct notifyrules_rule *rule;
    uint64_t *times; /* of the last rate_count events, a ring; NULL without a rate */
    unsigned at, filled;
};

/* Returns 0, or -1 without memory. */
int notifymatch_init(struct notifymatch *match, const struct notifyrules_rule *rule);
void notifymatch_free(struct notifymatch *match);

/* True if all conditions of the rule hold for the event. */
bool notifymatch_fits(const struct notifyrules_rule *rule, const struct event *event);

/* Notes `count` events that fit, at now_ms (any clock that does not go back). True if they are to
 * be told: always without a rate, else when rate_count of them came within its time. */
bool notifymatch_is_due(struct notifymatch *match, uint64_t count, uint64_t now_ms);

#endif
