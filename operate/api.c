/* SPDX-License-Identifier: GPL-2.0-or-later */
/* api: the pages' content as JSON under /api/v1. */
#include <stdlib.h>
#include <string.h>

#include "common/eventtext.h"
#include "common/text.h"
#include "common/verdict.h"
#include "operate/answers.h"
#include "operate/summary.h"

#define API_TYPE "application/json; charset=utf-8"

static void api_string(struct buf *out, const char *name, const char *text)
{
    buf_addf(out, "\"%s\":", name);
    text_json(out, text, strlen(text));
}

static void api_error(struct route_answer *answer, unsigned status, const char *text)
{
    buf_reset(&answer->body);
    answer->status = status;
    buf_adds(&answer->body, "{");
    api_string(&answer->body, "error", text);
    buf_adds(&answer->body, "}\n");
}

/* --------------------------------------------------------------------- status */

static void api_number(struct buf *out, const char *name, uint64_t number)
{
    buf_addf(out, ",\"%s\":%llu", name, (unsigned long long)number);
}

static void api_hours(struct buf *out, const char *name, const uint64_t *count)
{
    buf_addf(out, ",\"%s\":[", name);
    for (unsigned i = 0; i < SUMMARY_HOURS; i++)
        buf_addf(out, "%s%llu", i ? "," : "", (unsigned long long)count[i]);
    buf_adds(out, "]");
}

static void api_today(struct buf *out, const struct summary *s)
{
    bool is_first = true;

    buf_addf(out, ",\"today\":{\"requests\":%llu", (unsigned long long)s->requests);
    api_number(out, "blocked", s->blocked);
    api_number(out, "failed", s->failed);
    api_number(out, "unscanned", s->unscanned);
    buf_adds(out, ",\"unscanned_by_reason\":{");
    for (unsigned i = 0; i < SUMMARY_REASONS; i++) {
        if (!s->unscanned_by[i])
            continue;
        buf_addf(out, "%s\"%s\":%llu", is_first ? "" : ",", reason_name(i),
                 (unsigned long long)s->unscanned_by[i]);
        is_first = false;
    }
    buf_adds(out, "}},\"last_hours\":{\"hours\":24");
    api_hours(out, "requests", s->requests_in);
    api_hours(out, "blocked", s->blocked_in);
    api_hours(out, "unscanned", s->unscanned_in);
    buf_adds(out, "}");
}

static void api_engine(struct buf *out, const struct summary *s)
{
    const struct board_generation *serving = &s->board.serving;

    buf_adds(out, ",\"engine\":{");
    api_string(out, "state", board_state_name(s->board.state));
    api_number(out, "generation", serving->number);
    api_number(out, "signatures", serving->signatures);
    buf_adds(out, ",");
    api_string(out, "versions", serving->versions);
    buf_adds(out, ",");
    api_string(out, "sandbox", s->board.sandbox);
    buf_adds(out, ",");
    api_string(out, "error", s->board.error);
    api_number(out, "waiting", s->board.queued);
    for (int i = 0; i < BOARD_COUNTERS; i++)
        api_number(out, board_counter_name((enum board_counter)i), s->board.counters[i]);
    buf_adds(out, "}");
}

void api_status(struct monitor *monitor, const struct request *request, struct route_answer *answer)
{
    static const char *const levels[] = {"good", "warn", "bad", "unknown"};
    struct summary *s = malloc(sizeof *s);
    struct buf *out = &answer->body;
    struct err err = {""};

    (void)request;
    answer->type = API_TYPE;
    if (!s) {
        api_error(answer, 500, "out of memory");
        return;
    }
    int made = summary_make(monitor, s, &err);
    buf_adds(out, "{");
    api_string(out, "node", monitor->conf->node);
    buf_adds(out, ",");
    api_string(out, "health", levels[s->health]);
    buf_adds(out, ",");
    api_string(out, "why", s->health_key);
    if (s->age_is_known)
        api_number(out, "signatures_age_s", s->age_s);
    if (s->speed_is_known)
        buf_addf(out, ",\"scan_s\":{\"half_within\":%g,\"most_within\":%g}", s->median_s,
                 s->slow_s);
    if (made < 0) {
        buf_adds(out, ",");
        api_string(out, "database_error", err.text);
    } else {
        api_today(out, s);
    }
    if (s->has_board)
        api_engine(out, s);
    api_number(out, "events_lost", s->lost);
    api_number(out, "database_bytes", s->store.bytes);
    api_number(out, "database_events", s->store.events);
    buf_adds(out, "}\n");
    free(s);
}

/* --------------------------------------------------------------------- events */

struct api_list {
    struct buf *out;
    unsigned count;
    int64_t last;
};

static void api_one(void *data, int64_t number, const struct event *event)
{
    struct api_list *list = data;

    buf_addf(list->out, "%s{\"number\":%lld,\"event\":", list->count++ ? ",\n" : "",
             (long long)number);
    eventtext_json(list->out, event);
    buf_adds(list->out, "}");
    list->last = number;
}

static void api_search(struct monitor *monitor, const struct find_query *query,
                       struct route_answer *answer, struct api_list *list)
{
    struct err err;
    struct find *find = find_open(monitor->conf->database, &err);

    if (!find || find_events(find, query, api_one, list, &err) < 0)
        api_error(answer, 503, err.text);
    find_close(&find);
}

void api_events(struct monitor *monitor, const struct request *request, struct route_answer *answer)
{
    struct find_query query;
    struct api_list list = {.out = &answer->body};

    answer->type = API_TYPE;
    if (searchquery_read(request, &query) < 0) {
        api_error(answer, 400, "the query cannot be understood");
        return;
    }
    buf_adds(&answer->body, "{\"events\":[");
    api_search(monitor, &query, answer, &list);
    if (answer->status != 200)
        return;
    buf_adds(&answer->body, "]");
    if (list.count == query.limit)
        buf_addf(&answer->body, ",\"before\":%lld", (long long)list.last);
    buf_adds(&answer->body, "}\n");
}

void api_event(struct monitor *monitor, const struct request *request, struct route_answer *answer)
{
    struct find_query query;
    struct api_list list = {.out = &answer->body};

    answer->type = API_TYPE;
    if (searchquery_read(request, &query) < 0 || (!query.number && !query.text[0][0])) {
        api_error(answer, 400, "n or id is expected");
        return;
    }
    query.limit = 1;
    api_search(monitor, &query, answer, &list);
    if (answer->status == 200 && !list.count)
        api_error(answer, 404, "there is no such event");
    else
        buf_adds(&answer->body, "\n");
}
