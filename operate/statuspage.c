/* SPDX-License-Identifier: GPL-2.0-or-later */
/* statuspage: five answers first, then what they come from. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/verdict.h"
#include "operate/answers.h"
#include "operate/chart.h"
#include "operate/html.h"
#include "operate/summary.h"
#include "operate/words.h"

#define STATUSPAGE_REFRESH 60 /* seconds */
#define STATUSPAGE_LATEST  10
#define STATUSPAGE_REASONS 3 /* in the answer; the table has all */

/* -------------------------------------------------------------------- answers */

static void statuspage_open(const struct html *page, const char *key, enum summary_level level)
{
    static const char *const classes[] = {"good", "warn", "bad", "unknown"};

    buf_addf(page->out, "<li class=\"%s\"><h2>", classes[level]);
    html_word(page, key);
    buf_adds(page->out, "</h2><p class=\"value\">");
}

/* Not by colour alone: a level that asks for something says so. */
static void statuspage_detail(const struct html *page, enum summary_level level)
{
    if (level == SUMMARY_WARN || level == SUMMARY_BAD) {
        buf_addf(page->out, "<span class=\"mark\">%s ", level == SUMMARY_BAD ? "✕" : "⚠");
        html_word(page, level == SUMMARY_BAD ? "bad" : "warn");
        buf_adds(page->out, "</span>");
    }
    buf_adds(page->out, "</p><p class=\"detail\">");
}

static void statuspage_close(const struct html *page)
{
    buf_adds(page->out, "</p></li>\n");
}

static void statuspage_health(const struct html *page, const struct summary *s)
{
    statuspage_open(page, "q-health", s->health);
    html_word(page, s->health == SUMMARY_BAD ? "no" : "yes");
    statuspage_detail(page, s->health);
    html_word(page, s->health_key);
    statuspage_close(page);
}

static void statuspage_age(const struct html *page, const struct summary *s)
{
    bool in_days = s->age_s >= 48 * 3600;

    statuspage_open(page, "q-age", s->age_level);
    if (s->age_is_known) {
        buf_addf(page->out, "%llu ", (unsigned long long)(s->age_s / (in_days ? 86400 : 3600)));
        html_word(page, in_days ? "days" : "hours");
    } else {
        html_word(page, "unknown");
    }
    statuspage_detail(page, s->age_level);
    if (s->age_is_known) {
        html_word(page, "built");
        buf_adds(page->out, ": ");
        html_time(page, s->board.serving.built_at * 1000u);
    } else {
        html_word(page, s->has_board && s->board.serving.number ? "no-official" : "health-down");
    }
    statuspage_close(page);
}

static void statuspage_blocked(const struct html *page, const struct summary *s, bool is_known)
{
    statuspage_open(page, "q-blocked", is_known ? SUMMARY_GOOD : SUMMARY_UNKNOWN);
    if (is_known)
        buf_addf(page->out, "%llu", (unsigned long long)s->blocked);
    else
        html_word(page, "unknown");
    statuspage_detail(page, SUMMARY_GOOD);
    if (is_known) {
        html_word(page, "of-requests");
        buf_addf(page->out, " %llu", (unsigned long long)s->requests);
    }
    statuspage_close(page);
}

/* The reasons, the most frequent first, up to `most`. */
static unsigned statuspage_order(const struct summary *s, unsigned order[SUMMARY_REASONS])
{
    unsigned count = 0;

    for (unsigned i = 0; i < SUMMARY_REASONS; i++) {
        if (!s->unscanned_by[i])
            continue;
        unsigned at = count++;
        while (at && s->unscanned_by[order[at - 1]] < s->unscanned_by[i]) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
    return count;
}

static void statuspage_unscanned(const struct html *page, const struct summary *s, bool is_known)
{
    unsigned order[SUMMARY_REASONS], count = statuspage_order(s, order);
    enum summary_level level = is_known ? s->unscanned_level : SUMMARY_UNKNOWN;

    statuspage_open(page, "q-unscanned", level);
    if (is_known)
        buf_addf(page->out, "%llu", (unsigned long long)s->unscanned);
    else
        html_word(page, "unknown");
    statuspage_detail(page, SUMMARY_GOOD);
    for (unsigned i = 0; i < count && i < STATUSPAGE_REASONS; i++) {
        buf_adds(page->out, i ? ", " : "");
        html_word(page, reason_name(order[i]));
        buf_addf(page->out, " %llu", (unsigned long long)s->unscanned_by[order[i]]);
    }
    if (count > STATUSPAGE_REASONS)
        buf_adds(page->out, " …");
    if (is_known && !count)
        html_word(page, "none-today");
    statuspage_close(page);
}

static void statuspage_seconds(const struct html *page, double seconds)
{
    if (seconds < 1)
        buf_addf(page->out, " %g ms", seconds * 1000);
    else
        buf_addf(page->out, " %g s", seconds);
}

static void statuspage_speed(const struct html *page, const struct summary *s)
{
    statuspage_open(page, "q-speed", s->speed_level);
    html_word(page, !s->speed_is_known ? "unknown" : s->speed_level == SUMMARY_GOOD ? "no" : "yes");
    statuspage_detail(page, s->speed_level);
    if (s->speed_is_known) {
        html_word(page, "half");
        statuspage_seconds(page, s->median_s);
        buf_adds(page->out, ", ");
        html_word(page, "most");
        statuspage_seconds(page, s->slow_s);
    } else {
        html_word(page, "no-scans");
    }
    statuspage_close(page);
}

/* --------------------------------------------------------------------- below */

static void statuspage_reasons(const struct html *page, const struct summary *s)
{
    unsigned order[SUMMARY_REASONS], count = statuspage_order(s, order);

    if (!count)
        return;
    buf_adds(page->out, "<h2>");
    html_word(page, "by-reason");
    buf_adds(page->out, "</h2><table><thead><tr><th scope=\"col\">");
    html_word(page, "reason");
    buf_adds(page->out, "</th><th scope=\"col\" class=\"number\">");
    html_word(page, "count");
    buf_adds(page->out, "</th></tr></thead><tbody>\n");
    for (unsigned i = 0; i < count; i++) {
        const char *name = reason_name(order[i]);
        buf_addf(page->out, "<tr><td><a href=\"/events?action=pass&amp;days=1&amp;lang=%s&amp;",
                 page->language);
        html_argument(page, "reason", name);
        buf_adds(page->out, "\">");
        html_word(page, name);
        buf_adds(page->out, "</a> <span class=\"note\">");
        html_text(page, strcmp(page->language, "en") == 0 ? reason_text(order[i]) : name);
        buf_addf(page->out, "</span></td><td class=\"number\">%llu</td></tr>\n",
                 (unsigned long long)s->unscanned_by[order[i]]);
    }
    buf_adds(page->out, "</tbody></table>\n");
}

static void statuspage_term(const struct html *page, const char *key)
{
    buf_adds(page->out, "<dt>");
    html_word(page, key);
    buf_adds(page->out, "</dt><dd>");
}

static void statuspage_number(const struct html *page, const char *key, uint64_t number)
{
    statuspage_term(page, key);
    buf_addf(page->out, "%llu</dd>", (unsigned long long)number);
}

static void statuspage_text(const struct html *page, const char *key, const char *text)
{
    if (!*text)
        return;
    statuspage_term(page, key);
    html_text(page, text);
    buf_adds(page->out, "</dd>");
}

static void statuspage_workers(const struct html *page, const struct summary *s)
{
    static const char *const keys[] = {NULL, "worker-starting", "worker-idle", "worker-scanning",
                                       "worker-heavy"};
    bool is_first = true;

    statuspage_term(page, "workers");
    for (unsigned i = BOARD_WORKER_STARTING; i <= BOARD_WORKER_HEAVY; i++) {
        if (!s->workers[i])
            continue;
        buf_addf(page->out, "%s%u ", is_first ? "" : ", ", s->workers[i]);
        html_word(page, keys[i]);
        is_first = false;
    }
    buf_adds(page->out, "</dd>");
}

static void statuspage_state(const struct html *page, const char *state)
{
    char key[32];

    snprintf(key, sizeof key, "state-%s", state);
    statuspage_term(page, "state");
    html_word(page, key);
    buf_adds(page->out, "</dd>");
}

static void statuspage_engine(const struct html *page, const struct summary *s)
{
    const struct board_view *board = &s->board;

    buf_adds(page->out, "<h2>");
    html_word(page, "engine");
    buf_adds(page->out, "</h2><dl>");
    statuspage_state(page, s->has_board ? board_state_name(board->state) : "down");
    if (s->has_board && board->state != BOARD_DOWN) {
        statuspage_number(page, "generation", board->serving.number);
        statuspage_number(page, "signatures", board->serving.signatures);
        statuspage_text(page, "versions", board->serving.versions);
        if (board->serving.loaded_at) {
            statuspage_term(page, "loaded");
            html_time(page, board->serving.loaded_at * 1000u);
            buf_adds(page->out, "</dd>");
        }
        statuspage_text(page, "last-error", board->error);
        statuspage_workers(page, s);
        statuspage_number(page, "waiting", board->queued);
        statuspage_number(page, "workers-killed", board->counters[BOARD_TIMEOUTS]);
        statuspage_number(page, "workers-crashed", board->counters[BOARD_CRASHES]);
        statuspage_number(page, "cache-hits", board->counters[BOARD_CACHE_HITS]);
        statuspage_text(page, "sandbox", board->sandbox);
    }
    statuspage_term(page, "database");
    buf_addf(page->out, "%llu, %.1f MiB</dd>", (unsigned long long)s->store.events,
             (double)s->store.bytes / 1048576.0);
    statuspage_number(page, "lost", s->lost);
    statuspage_text(page, "last-error", s->store.error);
    buf_adds(page->out, "</dl>\n");
}

static void statuspage_row(void *data, int64_t number, const struct event *event)
{
    html_table_row(data, number, event);
}

static void statuspage_latest(struct monitor *monitor, struct html *page)
{
    struct find_query query;
    struct err err;
    struct find *find = find_open(monitor->conf->database, &err);

    find_init(&query);
    query.limit = STATUSPAGE_LATEST;
    buf_adds(page->out, "<h2>");
    html_word(page, "latest");
    buf_adds(page->out, "</h2>");
    html_table_begin(page);
    int found = find ? find_events(find, &query, statuspage_row, page, &err) : -1;
    find_close(&find);
    html_table_end(page);
    if (found < 0) {
        buf_adds(page->out, "<p class=\"alert\" role=\"alert\">");
        html_word(page, "failed");
        buf_adds(page->out, " ");
        html_text(page, err.text);
        buf_adds(page->out, "</p>\n");
    }
    buf_addf(page->out, "<p><a href=\"/events?lang=%s\">", page->language);
    html_word(page, "more");
    buf_adds(page->out, "</a></p>\n");
}

void statuspage_answer(struct monitor *monitor, const struct request *request,
                       struct route_answer *answer)
{
    struct html page = {&answer->body, request->language, monitor->conf->node};
    struct summary *s = malloc(sizeof *s);
    struct err err;

    if (!s) {
        answer->status = 500;
        return;
    }
    bool is_known = summary_make(monitor, s, &err) == 0;
    html_begin(&page, "status", "/", STATUSPAGE_REFRESH);
    buf_adds(page.out, "<h1>");
    html_word(&page, "status");
    buf_adds(page.out, " <span class=\"note\">");
    html_word(&page, "updated");
    buf_adds(page.out, " ");
    html_time(&page, s->now_s * 1000u);
    buf_adds(page.out, "</span></h1>\n<ul class=\"answers\">\n");
    statuspage_health(&page, s);
    statuspage_age(&page, s);
    statuspage_blocked(&page, s, is_known);
    statuspage_unscanned(&page, s, is_known);
    statuspage_speed(&page, s);
    buf_adds(page.out, "</ul>\n");
    if (!is_known) {
        buf_adds(page.out, "<p class=\"alert\">");
        html_word(&page, "database-unreadable");
        buf_adds(page.out, " ");
        html_text(&page, err.text);
        buf_adds(page.out, "</p>\n");
    }
    buf_adds(page.out, "<h2>");
    html_word(&page, "last-day");
    buf_adds(page.out, "</h2><div class=\"charts\">\n");
    chart_bars(&page, "requests", "", s->requests_in, SUMMARY_HOURS);
    chart_bars(&page, "blocked", "bad", s->blocked_in, SUMMARY_HOURS);
    chart_bars(&page, "unscanned", "warn", s->unscanned_in, SUMMARY_HOURS);
    buf_adds(page.out, "</div>\n");
    statuspage_reasons(&page, s);
    statuspage_engine(&page, s);
    statuspage_latest(monitor, &page);
    html_end(&page);
    free(s);
}
