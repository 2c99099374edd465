/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stats: counters that appear in c-icap's info service.
 *
 * Threads: stats_register in the master before it forks; the others anywhere.
 */
#ifndef EPOST_AV_STATS_H
#define EPOST_AV_STATS_H

#include <stdint.h>

#include "common/verdict.h"
#include "modules/epost_av/policy.h"

/* Registers the counters; call while the service is initialised. */
void stats_register(void);

/* Counts one transaction that ended with a verdict and an action. */
void stats_count(enum verdict verdict, enum reason reason, enum policy_action action,
                 uint64_t size);

enum stats_event {
    STATS_ABORTED,     /* the client went away, or was cut off, before there was a verdict */
    STATS_EXCEPTION,   /* an exception of the operator decided */
    STATS_CUT,         /* a detection after bytes had gone out: the connection was broken */
    STATS_STRIPPED,    /* Range removed from a request */
    STATS_NO_BODY,     /* messages without a body */
    STATS_LOG_LOST,    /* events that a destination of the log did not take */
    STATS_UNDELIVERED, /* events that the monitor did not take */
    STATS_EVENTS
};

void stats_event(enum stats_event event);

#endif
