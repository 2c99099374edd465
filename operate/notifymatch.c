/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/notifymatch.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#define NOTIFYMATCH_TEXT 2100 /* bytes of the longest field, and a NUL */

int notifymatch_init(struct notifymatch *match, const struct notifyrules_rule *rule)
{
    memset(match, 0, sizeof *match);
    match->rule = rule;
    if (!rule->rate_count)
        return 0;
    match->times = calloc(rule->rate_count, sizeof *match->times);
    return match->times ? 0 : -1;
}

void notifymatch_free(struct notifymatch *match)
{
    free(match->times);
    memset(match, 0, sizeof *match);
}

static bool notifymatch_holds(const struct notifyrules_condition *condition,
                              const struct event *event)
{
    char text[NOTIFYMATCH_TEXT];

    if (!event_has(event, condition->field))
        return false;
    if (!condition->is_pattern)
        return event_is(event, condition->field, condition->text);
    event_copy(event, condition->field, text, sizeof text);
    return fnmatch(condition->text, text, FNM_NOESCAPE | FNM_CASEFOLD) == 0;
}

bool notifymatch_fits(const struct notifyrules_rule *rule, const struct event *event)
{
    for (unsigned i = 0; i < rule->conditions; i++) {
        enum event_field field = rule->condition[i].field;
        bool is_first = true, holds = false;
        for (unsigned before = 0; before < i; before++)
            is_first &= rule->condition[before].field != field;
        for (unsigned k = i; is_first && k < rule->conditions && !holds; k++)
            holds =
                rule->condition[k].field == field && notifymatch_holds(&rule->condition[k], event);
        if (is_first && !holds)
            return false;
    }
    return true;
}

bool notifymatch_is_due(struct notifymatch *match, uint64_t count, uint64_t now_ms)
{
    unsigned size = match->rule->rate_count;

    if (!size)
        return true;
    for (uint64_t i = 0; i < count && i < size; i++) {
        match->times[match->at] = now_ms;
        match->at = (match->at + 1) % size;
        match->filled += match->filled < size;
    }
    /* The next place of the ring holds the oldest of the last `size` events. */
    return match->filled == size &&
           now_ms - match->times[match->at] <= (uint64_t)match->rule->rate_ms;
}
