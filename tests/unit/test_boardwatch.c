/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Service events out of looks at the board. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <time.h>

#include "common/boardwatch.h"
#include "common/eventtext.h"

static char told[4000]; /* "kind count detail;" of each event of a look */

static void take(void *data, const struct event *event)
{
    char kind[40], detail[600], one[700];

    (void)data;
    event_copy(event, EVENT_FIELD_EVENT, kind, sizeof kind);
    event_copy(event, EVENT_FIELD_DETAIL, detail, sizeof detail);
    snprintf(one, sizeof one, "%s %u%s%s;", kind, (unsigned)event_number(event, EVENT_FIELD_COUNT),
             *detail ? " " : "", detail);
    strcat(told, one);
}

static const char *look(struct boardwatch *watch, const struct board_view *view, uint64_t old_s)
{
    told[0] = '\0';
    boardwatch_look(watch, view, old_s, take, NULL);
    return told;
}

static struct board_view serving(void)
{
    struct board_view view = {.state = BOARD_READY, .supervisor_pid = 7};

    view.serving.number = 3;
    view.counters[BOARD_RELOADS] = 1;
    strcpy(view.sandbox, "namespaces tmpfs chroot seccomp landlock rlimits");
    return view;
}

static void from_start_to_end(void **state)
{
    struct boardwatch watch = {.was_ready = false};
    struct board_view view = serving();

    (void)state;
    assert_string_equal(look(&watch, NULL, 0), "");
    view.state = BOARD_LOADING;
    view.counters[BOARD_RELOADS] = 0;
    assert_string_equal(look(&watch, &view, 0), "");
    view = serving();
    assert_string_equal(look(&watch, &view, 0), "engine-ready 0;");
    assert_string_equal(look(&watch, &view, 0), "");
    view.counters[BOARD_RELOADS] = 3;
    view.state = BOARD_RELOADING;
    assert_string_equal(look(&watch, &view, 0), "reload 2;");
    view.counters[BOARD_RELOAD_FAILURES] = 1;
    strcpy(view.error, "daily.cld is broken");
    assert_string_equal(look(&watch, &view, 0), "reload-failed 0 daily.cld is broken;");
    view.counters[BOARD_CRASHES] = 1;
    view.counters[BOARD_TIMEOUTS] = 5;
    assert_string_equal(look(&watch, &view, 0), "worker-killed 5;worker-crashed 0;");
    view.state = BOARD_DOWN;
    view.error[0] = '\0';
    assert_string_equal(look(&watch, &view, 0), "engine-down 0 down;");
    assert_string_equal(look(&watch, NULL, 0), "");
    /* Another supervisor counts from 0, and does so from its first second. */
    view = serving();
    view.supervisor_pid = 9;
    view.counters[BOARD_CRASHES] = 2;
    assert_string_equal(look(&watch, &view, 0), "engine-ready 0;worker-crashed 2;");
}

static void a_take_over_counts_on(void **state)
{
    struct boardwatch watch = {.was_ready = false};
    struct board_view view = serving();

    (void)state;
    view.guardian_pid = 5;
    view.counters[BOARD_CRASHES] = 4;
    look(&watch, &view, 0);
    view.supervisor_pid = 8;
    view.counters[BOARD_CRASHES] = 6;
    assert_string_equal(look(&watch, &view, 0),
                        "engine-down 0 process 7 ended, process 8 took its place;"
                        "engine-ready 0;worker-crashed 2;");
}

static void a_quick_restart_is_seen(void **state)
{
    struct boardwatch watch = {.was_ready = false};
    struct board_view view = serving();

    (void)state;
    look(&watch, &view, 0);
    view.supervisor_pid = 8;
    view.state = BOARD_LOADING;
    view.counters[BOARD_RELOADS] = 0;
    assert_string_equal(look(&watch, &view, 0),
                        "engine-down 0 process 7 ended, process 8 took its place;");
    assert_string_equal(look(&watch, &view, 0), "");
    view.state = BOARD_READY;
    view.counters[BOARD_RELOADS] = 1;
    assert_string_equal(look(&watch, &view, 0), "engine-ready 0;");
}

static void what_was_before_is_no_news(void **state)
{
    struct boardwatch watch = {.was_ready = false};
    struct board_view view = serving();

    (void)state;
    view.counters[BOARD_CRASHES] = 4;
    view.counters[BOARD_RELOADS] = 9;
    assert_string_equal(look(&watch, &view, 0), "engine-ready 0;");
    view.counters[BOARD_CRASHES] = 5;
    assert_string_equal(look(&watch, &view, 0), "worker-crashed 0;");
}

static void a_weaker_sandbox_is_told_once(void **state)
{
    struct boardwatch watch = {.was_ready = false};
    struct board_view view = serving();

    (void)state;
    look(&watch, &view, 0);
    strcpy(view.sandbox, "directory seccomp landlock rlimits");
    assert_string_equal(look(&watch, &view, 0),
                        "sandbox-weak 0 directory seccomp landlock rlimits;");
    assert_string_equal(look(&watch, &view, 0), "");
}

static void old_signatures_are_told_until_new_ones_come(void **state)
{
    struct boardwatch watch = {.was_ready = false};
    struct board_view view = serving();
    uint64_t now = (uint64_t)time(NULL);

    (void)state;
    look(&watch, &view, 3600);
    view.serving.built_at = now - 7300;
    assert_string_equal(look(&watch, &view, 3600), "signatures-old 0 built 2 hours ago;");
    assert_string_equal(look(&watch, &view, 3600), "");
    watch.old_told_s -= BOARDWATCH_REMIND_S;
    assert_string_equal(look(&watch, &view, 3600), "signatures-old 0 built 2 hours ago;");
    assert_string_equal(look(&watch, &view, 3600), "");
    watch.old_told_s += UINT64_C(100) * BOARDWATCH_REMIND_S; /* the clock was ahead then */
    assert_string_equal(look(&watch, &view, 3600), "signatures-old 0 built 2 hours ago;");
    view.serving.built_at = now;
    assert_string_equal(look(&watch, &view, 3600), "");
    assert_string_equal(look(&watch, &view, 0), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_start_to_end),
        cmocka_unit_test(a_take_over_counts_on),
        cmocka_unit_test(a_quick_restart_is_seen),
        cmocka_unit_test(what_was_before_is_no_news),
        cmocka_unit_test(a_weaker_sandbox_is_told_once),
        cmocka_unit_test(old_signatures_are_told_until_new_ones_come),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
