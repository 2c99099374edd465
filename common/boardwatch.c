/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/boardwatch.h"

#include <stdio.h>
#include <string.h>

/* One look and where its events go. */
struct boardwatch_look {
    struct boardwatch *watch;
    const struct board_view *view;
    uint64_t now_ms;
    void (*each)(void *data, const struct event *event);
    void *data;
};

void boardwatch_init(struct boardwatch *watch)
{
    memset(watch, 0, sizeof *watch);
}

/* An event with what the board says of the generation that serves. */
static void boardwatch_tell(const struct boardwatch_look *look, enum event_kind kind,
                            uint64_t count, const char *detail)
{
    struct event event;

    event_init(&event, kind, look->now_ms);
    if (count > 1)
        event_set_number(&event, EVENT_FIELD_COUNT, count);
    event_set_text(&event, EVENT_FIELD_DETAIL, detail);
    if (look->view && look->view->serving.number) {
        event_set_number(&event, EVENT_FIELD_GENERATION, look->view->serving.number);
        event_set_number(&event, EVENT_FIELD_SIGNATURES, look->view->serving.signatures);
        event_set_text(&event, EVENT_FIELD_VERSIONS, look->view->serving.versions);
    }
    look->each(look->data, &event);
}

/* How far a counter went since the last look; a new supervisor counts from 0. */
static uint64_t boardwatch_since(const struct boardwatch_look *look, enum board_counter counter)
{
    uint64_t before = look->watch->counters[counter], now = look->view->counters[counter];

    return now >= before ? now - before : now;
}

static void boardwatch_state(const struct boardwatch_look *look, bool is_ready, uint64_t *reloads)
{
    struct boardwatch *watch = look->watch;
    char detail[640];

    if (is_ready && !watch->was_ready) {
        boardwatch_tell(look, EVENT_KIND_ENGINE_READY, 1, "");
        if (*reloads)
            --*reloads; /* the load that made it ready */
        watch->is_down_told = false;
    } else if (!is_ready && watch->was_ready && !watch->is_down_told) {
        const char *error = look->view ? look->view->error : "";
        snprintf(detail, sizeof detail, "%s%s%s",
                 look->view ? board_state_name(look->view->state) : "no scanner",
                 *error ? ": " : "", error);
        boardwatch_tell(look, EVENT_KIND_ENGINE_DOWN, 1, detail);
        watch->is_down_told = true;
    }
    watch->was_ready = is_ready;
}

/* Another supervisor than at the last look: there was a time without. It counts from 0, unless it
 * has taken over from the one before, with the same guardian. */
static void boardwatch_replaced(const struct boardwatch_look *look)
{
    struct boardwatch *watch = look->watch;
    char detail[80];

    if (!look->view->guardian_pid || look->view->guardian_pid != watch->guardian)
        memset(watch->counters, 0, sizeof watch->counters);
    if (watch->was_ready) {
        snprintf(detail, sizeof detail, "process %d ended, process %d took its place",
                 (int)watch->supervisor, (int)look->view->supervisor_pid);
        boardwatch_tell(look, EVENT_KIND_ENGINE_DOWN, 1, detail);
    }
    watch->was_ready = false;
}

static bool boardwatch_is_weak(const char *sandbox)
{
    static const char *const wanted[] = {"namespaces", "seccomp", "landlock"};

    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        if (!strstr(sandbox, wanted[i]))
            return true;
    return false;
}

static void boardwatch_sandbox(const struct boardwatch_look *look)
{
    struct boardwatch *watch = look->watch;
    const char *sandbox = look->view->sandbox;

    if (!*sandbox || strcmp(sandbox, watch->sandbox) == 0)
        return;
    snprintf(watch->sandbox, sizeof watch->sandbox, "%s", sandbox);
    if (boardwatch_is_weak(sandbox))
        boardwatch_tell(look, EVENT_KIND_SANDBOX_WEAK, 1, sandbox);
}

static void boardwatch_age(const struct boardwatch_look *look, uint64_t old_s)
{
    struct boardwatch *watch = look->watch;
    uint64_t built_s = look->view->serving.built_at, now_s = look->now_ms / 1000;
    char detail[64];

    if (!old_s || !built_s || !look->view->serving.number || built_s + old_s >= now_s) {
        watch->old_told_s = 0;
        return;
    }
    /* A time ahead of the clock says nothing: it must not keep reminders away. */
    if (watch->old_told_s && watch->old_told_s <= now_s && watch->old_built_s == built_s &&
        now_s < watch->old_told_s + BOARDWATCH_REMIND_S)
        return;
    watch->old_told_s = now_s;
    watch->old_built_s = built_s;
    snprintf(detail, sizeof detail, "built %llu hours ago",
             (unsigned long long)((now_s - built_s) / 3600));
    boardwatch_tell(look, EVENT_KIND_SIGNATURES_OLD, 1, detail);
}

static void boardwatch_counters(const struct boardwatch_look *look, uint64_t reloads)
{
    uint64_t failures = boardwatch_since(look, BOARD_RELOAD_FAILURES);
    uint64_t killed = boardwatch_since(look, BOARD_TIMEOUTS);
    uint64_t crashed = boardwatch_since(look, BOARD_CRASHES);

    if (reloads)
        boardwatch_tell(look, EVENT_KIND_RELOAD, reloads, "");
    if (failures)
        boardwatch_tell(look, EVENT_KIND_RELOAD_FAILED, failures, look->view->error);
    if (killed)
        boardwatch_tell(look, EVENT_KIND_WORKER_KILLED, killed, "");
    if (crashed)
        boardwatch_tell(look, EVENT_KIND_WORKER_CRASHED, crashed, "");
}

void boardwatch_look(struct boardwatch *watch, const struct board_view *view, uint64_t old_s,
                     void (*each)(void *data, const struct event *event), void *data)
{
    struct boardwatch_look look = {
        .watch = watch, .view = view, .now_ms = event_now(), .each = each, .data = data};
    bool is_ready = view && (view->state == BOARD_READY || view->state == BOARD_RELOADING);
    bool is_first = !watch->has_looked;
    uint64_t reloads = 0;

    watch->has_looked = true;
    if (view && view->state != BOARD_DOWN) {
        if (is_first)
            memcpy(watch->counters, view->counters, sizeof watch->counters);
        else if (view->supervisor_pid != watch->supervisor)
            boardwatch_replaced(&look);
        reloads = boardwatch_since(&look, BOARD_RELOADS);
    }
    boardwatch_state(&look, is_ready, &reloads);
    if (!view || view->state == BOARD_DOWN)
        return;
    boardwatch_counters(&look, reloads);
    boardwatch_sandbox(&look);
    boardwatch_age(&look, old_s);
    watch->supervisor = view->supervisor_pid;
    watch->guardian = view->guardian_pid;
    memcpy(watch->counters, view->counters, sizeof watch->counters);
}
