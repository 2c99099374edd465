/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/classify.h"

#include <string.h>

#include "common/verdict.h"
#include "operate/metrics.h"

void classify_event(const struct event *event, struct classify *class)
{
    char word[40];

    class->kind = event_kind_of(event);
    class->verdict = class->reason = class->action = -1;
    event_copy(event, EVENT_FIELD_PROFILE, class->profile, sizeof class->profile);
    event_copy(event, EVENT_FIELD_VERDICT, word, sizeof word);
    for (int i = 0; i < VERDICT_COUNT; i++)
        if (strcmp(word, verdict_name((unsigned)i)) == 0)
            class->verdict = i;
    if (event_has(event, EVENT_FIELD_REASON)) {
        event_copy(event, EVENT_FIELD_REASON, word, sizeof word);
        class->reason = reason_from_name(word);
    }
    event_copy(event, EVENT_FIELD_ACTION, word, sizeof word);
    class->action = metrics_action_of(word);
}
