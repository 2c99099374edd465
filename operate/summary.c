/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/summary.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/verdict.h"
#include "operate/find.h"

#define SUMMARY_CLOCK_S     3600 /* by which clocks of hosts may differ */
#define SUMMARY_SLOW_S      10.0 /* 95 % of the scans are expected to be quicker */
#define SUMMARY_VERY_SLOW_S 60.0

struct summary_fill {
    struct summary *summary;
    int64_t today, now; /* hours */
};

static void summary_tally(void *data, const struct find_tally *tally)
{
    struct summary_fill *fill = data;
    struct summary *s = fill->summary;
    int64_t ago = fill->now - tally->hour;
    int block = metrics_action_of("block"), cut = metrics_action_of("cut");
    bool is_blocked = tally->action == block || tally->action == cut;
    bool is_unscanned = tally->action == metrics_action_of("pass") &&
                        tally->verdict != VERDICT_CLEAN && tally->verdict != VERDICT_NO_BODY &&
                        tally->verdict >= 0;

    if (tally->kind != EVENT_KIND_TRANSACTION)
        return;
    if (ago >= 0 && ago < SUMMARY_HOURS) {
        size_t at = (size_t)(SUMMARY_HOURS - 1 - ago);
        s->requests_in[at] += tally->count;
        s->blocked_in[at] += is_blocked ? tally->count : 0;
        s->unscanned_in[at] += is_unscanned ? tally->count : 0;
    }
    if (tally->hour < fill->today)
        return;
    s->requests += tally->count;
    s->blocked += is_blocked ? tally->count : 0;
    s->failed += tally->action == metrics_action_of("fail") ? tally->count : 0;
    if (is_unscanned) {
        s->unscanned += tally->count;
        if (tally->reason >= 0 && tally->reason < SUMMARY_REASONS)
            s->unscanned_by[tally->reason] += tally->count;
    }
}

/* The bound below which that share of the counts lies. */
static double summary_share(const uint64_t count[METRICS_BUCKETS + 1], uint64_t total, double share)
{
    unsigned bounds_count;
    const double *bounds = metrics_bounds(METRICS_SCAN, &bounds_count);
    uint64_t below = 0;

    for (unsigned i = 0; i < bounds_count; i++) {
        below += count[i];
        if ((double)below >= share * (double)total)
            return bounds[i];
    }
    return bounds[bounds_count - 1] * 2;
}

static void summary_speed(struct summary *s, const uint64_t count[METRICS_BUCKETS + 1])
{
    uint64_t total = 0;

    for (unsigned i = 0; i <= METRICS_BUCKETS; i++)
        total += count[i];
    s->speed_is_known = total > 0;
    s->speed_level = SUMMARY_UNKNOWN;
    if (!total)
        return;
    s->median_s = summary_share(count, total, 0.5);
    s->slow_s = summary_share(count, total, 0.95);
    s->speed_level = s->slow_s > SUMMARY_VERY_SLOW_S ? SUMMARY_BAD
                     : s->slow_s > SUMMARY_SLOW_S    ? SUMMARY_WARN
                                                     : SUMMARY_GOOD;
}

static void summary_age(struct summary *s, uint64_t old_s)
{
    uint64_t built = s->has_board ? s->board.serving.built_at : 0;

    /* A time ahead of the clock says nothing about the age. */
    s->age_is_known = built != 0 && built <= s->now_s + SUMMARY_CLOCK_S;
    s->age_level = SUMMARY_UNKNOWN;
    if (!s->age_is_known)
        return;
    s->age_s = s->now_s > built ? s->now_s - built : 0;
    s->age_level = !old_s || s->age_s <= old_s ? SUMMARY_GOOD
                   : s->age_s <= 4 * old_s     ? SUMMARY_WARN
                                               : SUMMARY_BAD;
}

static void summary_health(struct summary *s)
{
    unsigned state = s->has_board ? s->board.state : BOARD_DOWN;

    s->health = SUMMARY_BAD;
    s->health_key = state == BOARD_LOADING   ? "health-loading"
                    : state == BOARD_DRAINED ? "health-drained"
                    : state == BOARD_FAILED  ? "health-failed"
                                             : "health-down";
    if (state != BOARD_READY && state != BOARD_RELOADING)
        return;
    s->health = SUMMARY_WARN;
    if (s->board.error[0])
        s->health_key = "health-reload-failed";
    else if (s->age_level == SUMMARY_WARN || s->age_level == SUMMARY_BAD)
        s->health_key = "health-old";
    else if (s->store.error[0] || s->lost)
        s->health_key = "health-events-lost";
    else {
        s->health = SUMMARY_GOOD;
        s->health_key = state == BOARD_RELOADING ? "health-reloading" : "health-good";
    }
}

static int64_t summary_midnight(uint64_t now_s)
{
    time_t now = (time_t)now_s;
    struct tm local;

    localtime_r(&now, &local);
    local.tm_hour = local.tm_min = local.tm_sec = 0;
    local.tm_isdst = -1;
    return (int64_t)mktime(&local) / 3600;
}

int summary_make(struct monitor *monitor, struct summary *s, struct err *err)
{
    struct summary_fill fill = {.summary = s};
    struct metrics_view *view;
    uint64_t speed[METRICS_BUCKETS + 1] = {0};
    int result = -1;

    memset(s, 0, sizeof *s);
    s->now_s = (uint64_t)time(NULL);
    s->has_board = monitor_board(monitor, &s->board, s->workers) == 0;
    store_numbers(monitor->store, &s->store);
    view = malloc(sizeof *view);
    if (view) {
        metrics_read(monitor->metrics, view);
        s->lost = view->counter[METRICS_DROPPED] + view->counter[METRICS_UNSTORED];
        free(view);
    }
    summary_age(s, (uint64_t)monitor->conf->signature_age / 1000u);
    summary_health(s);
    fill.now = (int64_t)(s->now_s / 3600);
    fill.today = summary_midnight(s->now_s);
    int64_t from = fill.now - SUMMARY_HOURS + 1;
    struct find *find = find_open(monitor->conf->database, err);
    if (find &&
        find_tallies(find, from < fill.today ? from : fill.today, summary_tally, &fill, err) == 0)
        result = find_speed(find, fill.now - 1, speed, err);
    find_close(&find);
    summary_speed(s, speed);
    s->unscanned_level = s->unscanned ? SUMMARY_WARN : SUMMARY_GOOD;
    return result;
}
