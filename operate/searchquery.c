/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/value.h"
#include "common/verdict.h"
#include "operate/answers.h"

#define SEARCHQUERY_DAYS_MAX 36600

static int searchquery_number(const struct request *request, const char *name, int64_t least,
                              int64_t most, int64_t *number_r)
{
    const char *value = request_value(request, name);

    if (!*value)
        return 0;
    return value_integer(value, 10, number_r) < 0 || *number_r < least || *number_r > most ? -1 : 0;
}

/* YYYY-MM-DD, the local day; `next` for the end of that day. */
static int searchquery_day(const char *text, int next, uint64_t *ms_r)
{
    struct tm day = {.tm_isdst = -1};
    int used = 0;

    if (!*text)
        return 0;
    if (sscanf(text, "%4d-%2d-%2d%n", &day.tm_year, &day.tm_mon, &day.tm_mday, &used) != 3 ||
        text[used] || day.tm_year < 1970 || day.tm_year > 9999 || day.tm_mon < 1 ||
        day.tm_mon > 12 || day.tm_mday < 1 || day.tm_mday > 31)
        return -1;
    day.tm_year -= 1900;
    day.tm_mon -= 1;
    day.tm_mday += next;
    time_t seconds = mktime(&day);
    if (seconds < 0)
        return -1;
    *ms_r = (uint64_t)seconds * 1000u;
    return 0;
}

static int searchquery_words(const struct request *request, struct find_query *query)
{
    const char *kind = request_value(request, "kind"), *verdict = request_value(request, "verdict");
    const char *reason = request_value(request, "reason"),
               *action = request_value(request, "action");

    for (unsigned i = 1; *kind && i < EVENT_KIND_END; i++)
        if (strcmp(kind, event_kind_name(i)) == 0)
            query->kind = (int)i;
    for (unsigned i = 0; *verdict && i < VERDICT_COUNT; i++)
        if (strcmp(verdict, verdict_name(i)) == 0)
            query->verdict = (int)i;
    if (*reason)
        query->reason = reason_from_name(reason);
    if (*action)
        query->action = metrics_action_of(action);
    return (*kind && !query->kind) || (*verdict && query->verdict < 0) ||
                   (*reason && query->reason < 0) || (*action && query->action < 0)
               ? -1
               : 0;
}

int searchquery_read(const struct request *request, struct find_query *query)
{
    int64_t days = 0, limit = 50;

    find_init(query);
    for (unsigned i = 0; i < SCHEMA_COLUMN_COUNT; i++)
        snprintf(query->text[i], sizeof query->text[0], "%s",
                 request_value(request, schema_columns[i].name));
    if (searchquery_number(request, "days", 1, SEARCHQUERY_DAYS_MAX, &days) < 0 ||
        searchquery_number(request, "limit", 1, FIND_LIMIT_MAX, &limit) < 0 ||
        searchquery_number(request, "before", 1, INT64_MAX, &query->before) < 0 ||
        searchquery_number(request, "n", 1, INT64_MAX, &query->number) < 0 ||
        searchquery_day(request_value(request, "from"), 0, &query->since_ms) < 0 ||
        searchquery_day(request_value(request, "until"), 1, &query->until_ms) < 0)
        return -1;
    if (days)
        query->since_ms = event_now() - (uint64_t)days * 86400000u;
    query->limit = (unsigned)limit;
    return searchquery_words(request, query);
}
