/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/stats.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "modules/epost_av/compat.h"

#define STATS_GROUP "Service epost_av"

static const char *const event_labels[STATS_EVENTS] = {
    [STATS_ABORTED] = "epost_av aborted",
    [STATS_EXCEPTION] = "epost_av exceptions",
    [STATS_CUT] = "epost_av cut",
    [STATS_STRIPPED] = "epost_av ranges stripped",
    [STATS_NO_BODY] = "epost_av without body",
    [STATS_LOG_LOST] = "epost_av log lines lost",
    [STATS_UNDELIVERED] = "epost_av events not delivered",
};

static struct {
    int verdict[VERDICT_COUNT];
    int action[3];
    int event[STATS_EVENTS];
    int unscanned[POLICY_REASONS]; /* passed without being clean, by reason; -1 none */
    int bytes;
} ids;

static int stats_is_reason(unsigned reason)
{
    return reason == REASON_UNKNOWN ||
           strcmp(reason_name(reason), reason_name(REASON_UNKNOWN)) != 0;
}

void stats_register(void)
{
    char label[96];

    for (unsigned v = 0; v < VERDICT_COUNT; v++) {
        snprintf(label, sizeof label, "epost_av %s", verdict_name(v));
        ids.verdict[v] = COMPAT_STAT_REGISTER(label, STAT_INT64_T, STATS_GROUP);
    }
    for (unsigned a = 0; a < 3; a++) {
        snprintf(label, sizeof label, "epost_av action %s",
                 policy_action_name((enum policy_action)a));
        ids.action[a] = COMPAT_STAT_REGISTER(label, STAT_INT64_T, STATS_GROUP);
    }
    for (unsigned e = 0; e < STATS_EVENTS; e++)
        ids.event[e] = COMPAT_STAT_REGISTER(event_labels[e], STAT_INT64_T, STATS_GROUP);
    for (unsigned r = 0; r < POLICY_REASONS; r++) {
        ids.unscanned[r] = -1;
        if (!stats_is_reason(r) || reason_verdict(r) == VERDICT_CLEAN || r == REASON_NO_BODY)
            continue;
        snprintf(label, sizeof label, "epost_av passed unscanned: %s", reason_name(r));
        ids.unscanned[r] = COMPAT_STAT_REGISTER(label, STAT_INT64_T, STATS_GROUP);
    }
    ids.bytes = COMPAT_STAT_REGISTER("epost_av bytes", STAT_KBS_T, STATS_GROUP);
}

void stats_count(enum verdict verdict, enum reason reason, enum policy_action action, uint64_t size)
{
    if ((unsigned)verdict < VERDICT_COUNT)
        ci_stat_uint64_inc(ids.verdict[verdict], 1);
    ci_stat_uint64_inc(ids.action[action], 1);
    if (action == POLICY_PASS && verdict != VERDICT_CLEAN && verdict != VERDICT_NO_BODY &&
        (unsigned)reason < POLICY_REASONS)
        ci_stat_uint64_inc(ids.unscanned[reason], 1);
    /* c-icap counts with an int. */
    for (uint64_t part; size; size -= part) {
        part = size < (1u << 30) ? size : (1u << 30);
        ci_stat_kbs_inc(ids.bytes, (int)part);
    }
}

void stats_event(enum stats_event event)
{
    ci_stat_uint64_inc(ids.event[event], 1);
}
