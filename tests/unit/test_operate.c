/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The monitor's parts: backlog, words, access, routes with hostile requests, store and search. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/eventwire.h"
#include "operate/answers.h"
#include "operate/exposition.h"
#include "operate/words.h"
#include "tests/unit/scratch.h"

static char directory[] = "/tmp/epost-operate-XXXXXX";
static char database[64];

static int make_directory(void **state)
{
    (void)state;
    if (!mkdtemp(directory))
        return -1;
    snprintf(database, sizeof database, "%s/events.db", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    return scratch_remove(directory);
}

/* -------------------------------------------------------------------- backlog */

static void the_backlog_keeps_order_and_ceiling(void **state)
{
    struct backlog *backlog = backlog_new(1000);
    struct buf batch;
    char message[100], expected = 0, sent = 0;
    unsigned refused = 0;

    (void)state;
    buf_init(&batch, 10000);
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 12; i++) {
            memset(message, sent, sizeof message);
            if (backlog_put(backlog, message, 20 + (size_t)i * 5) == 0)
                sent++;
            else
                refused++;
        }
        size_t count = backlog_take(backlog, &batch, 7, 0);
        assert_true(count <= 7);
        for (size_t at = 0; at < batch.length;) {
            uint32_t size;
            memcpy(&size, batch.data + at, sizeof size);
            at += sizeof size;
            assert_int_equal(batch.data[at], expected);
            assert_int_equal(batch.data[at + size - 1], expected);
            expected++;
            at += size;
        }
        assert_true(backlog_bytes(backlog) <= 1000);
    }
    assert_true(refused > 0);
    backlog_end(backlog);
    while (backlog_take(backlog, &batch, 100, 10000))
        continue;
    assert_int_equal(backlog_bytes(backlog), 0);
    buf_free(&batch);
    backlog_free(&backlog);
}

/* ---------------------------------------------------------------------- words */

static void word_is_there(void *data, const char *token)
{
    (void)data;
    const char *text = words("ja", token);
    if (strcmp(text, token) == 0 && strcmp(token, "REQMOD") != 0 && strcmp(token, "RESPMOD") != 0)
        fail_msg("%s has no Japanese text", token);
}

static void every_word_has_two_languages(void **state)
{
    static const enum event_field fields[] = {EVENT_FIELD_EVENT, EVENT_FIELD_VERDICT,
                                              EVENT_FIELD_REASON, EVENT_FIELD_ACTION,
                                              EVENT_FIELD_RANGE};
    size_t count;
    const struct event_row *rows = event_rows(&count);
    char key[64];

    (void)state;
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        event_tokens(fields[i], word_is_there, NULL);
    for (size_t i = 0; i < count; i++) {
        snprintf(key, sizeof key, "f-%s", rows[i].name);
        assert_string_not_equal(words("en", key), key);
    }
    for (size_t i = 0; words_key(i); i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(words_key(i), words_key(j));
}

/* --------------------------------------------------------------------- routes */

static struct monitor monitor;
static struct conf conf;
static struct access keys;

static int open_monitor(void **state)
{
    struct store_options options = {.path = database, .keep_ms = 1000, .keep_bytes = 1u << 30};
    struct err err;
    bool is_aside;

    (void)state;
    if (conf_load(&conf, "/no/such/file", 0, &err) < 0 ||
        directive_set(conf_rows, conf_count, &conf, "Database", database, &err) < 0 ||
        access_load(&keys, "", "127.0.0.1:80", "", &err) < 0)
        return -1;
    snprintf(keys.token, sizeof keys.token, "0123456789abcdef");
    monitor.conf = &conf;
    monitor.metrics = metrics_new();
    monitor.backlog = backlog_new(1 << 20);
    monitor.store = store_open(&options, &is_aside, &err);
    return monitor.store ? 0 : -1;
}

static int close_monitor(void **state)
{
    (void)state;
    store_close(&monitor.store);
    backlog_free(&monitor.backlog);
    metrics_free(&monitor.metrics);
    conf_free(&conf);
    return 0;
}

static void put(struct event *event)
{
    struct buf batch, message;
    struct err err;
    uint64_t kept;

    buf_init(&message, EVENTWIRE_MAX);
    buf_init(&batch, 1 << 16);
    assert_int_equal(eventwire_encode(&message, event, 0), 0);
    uint32_t size = (uint32_t)message.length;
    buf_add(&batch, &size, sizeof size);
    buf_add(&batch, message.data, message.length);
    assert_int_equal(store_put(monitor.store, &batch, &kept, &err), 0);
    buf_free(&batch);
    buf_free(&message);
}

static struct event one(const char *id, const char *host, const char *verdict)
{
    struct event event;

    event_init(&event, EVENT_KIND_TRANSACTION, event_now());
    event_set_text(&event, EVENT_FIELD_ID, id);
    event_set_text(&event, EVENT_FIELD_HOST, host);
    event_set_text(&event, EVENT_FIELD_VERDICT, verdict);
    event_set_text(&event, EVENT_FIELD_ACTION, "pass");
    event_set_text(&event, EVENT_FIELD_REASON, "encrypted");
    return event;
}

static unsigned ask(const char *path, const char *authorization, const char *const *arguments,
                    struct buf *body)
{
    struct request *request = calloc(1, sizeof *request);
    struct route_answer answer;

    request->method = "GET";
    request->path = path;
    request->host = "127.0.0.1";
    request->authorization = authorization;
    for (; arguments && *arguments; arguments += 2)
        assert_int_equal(request_add(request, arguments[0], arguments[1]), 0);
    route_answer(&monitor, &keys, request, &answer);
    if (body) {
        buf_reset(body);
        buf_add(body, buf_text(&answer.body), answer.body.length);
    }
    buf_free(&answer.body);
    free(request);
    return answer.status;
}

static void a_search_is_never_sql(void **state)
{
    static const char *const hostile[] = {
        "' OR 1=1 --", "*",    "%",  "_",  "\"",  ";DROP TABLE events", "\xff*", "\xf0\x9f",
        "a'b*",        "x\\*", "**", "?1", "%s%n"};
    struct buf body;
    struct event event = one("n-1", "host.test", "unscannable");

    (void)state;
    put(&event);
    buf_init(&body, ROUTE_BODY_MAX);
    for (unsigned i = 0; i < SCHEMA_COLUMN_COUNT; i++)
        for (size_t j = 0; j < sizeof hostile / sizeof hostile[0]; j++) {
            const char *arguments[] = {schema_columns[i].name, hostile[j], NULL};
            bool is_all =
                strcmp(hostile[j], "*") == 0 && (strcmp(schema_columns[i].name, "host") == 0 ||
                                                 strcmp(schema_columns[i].name, "id") == 0);
            assert_int_equal(ask("/api/v1/events", "Bearer 0123456789abcdef", arguments, &body),
                             200);
            assert_int_equal(strstr(buf_text(&body), "n-1") != NULL, is_all);
            assert_int_equal(ask("/events", "Bearer 0123456789abcdef", arguments, &body), 200);
        }
    static const char *const wrong[][3] = {{"days", "0"},
                                           {"days", "x"},
                                           {"limit", "100000"},
                                           {"before", "-1"},
                                           {"from", "20260101"},
                                           {"until", "2026-13-1"},
                                           {"kind", "nosuch"},
                                           {"verdict", "maybe"},
                                           {"n", "99999999999999999999"},
                                           {"reason", "none at all"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_int_equal(ask("/api/v1/events", "Bearer 0123456789abcdef", wrong[i], &body), 400);
    buf_free(&body);
}

static void exact_and_beginning(void **state)
{
    static const struct {
        const char *host;
        bool is_found[3];
    } cases[] = {
        {"www.example.test", {true, false, false}},
        {"WWW.Example.TEST", {true, false, false}},
        {"www.example.*", {true, true, false}},
        {"www*", {true, true, true}},
        {"www", {false, false, false}},
        {"www.example.test*", {true, true, false}},
    };
    struct event events[] = {one("e-1", "www.example.test", "infected"),
                             one("e-2", "www.example.test.org", "error"),
                             one("e-3", "wwwz.test", "unscannable")};
    struct buf body;

    (void)state;
    for (size_t i = 0; i < 3; i++)
        put(&events[i]);
    buf_init(&body, ROUTE_BODY_MAX);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const char *arguments[] = {"host", cases[i].host, NULL};
        ask("/api/v1/events", "Bearer 0123456789abcdef", arguments, &body);
        for (size_t j = 0; j < 3; j++) {
            char id[24];
            snprintf(id, sizeof id, "\"e-%zu\"", j + 1);
            assert_int_equal(strstr(buf_text(&body), id) != NULL, cases[i].is_found[j]);
        }
    }
    buf_free(&body);
}

static void what_is_old_goes(void **state)
{
    struct event event = one("old-1", "old.test", "infected");
    struct store_numbers numbers;
    struct err err;
    static const char *const arguments[] = {"id", "old-1", NULL};

    (void)state;
    event_set_number(&event, EVENT_FIELD_TIME, event_now() - 2000);
    put(&event);
    assert_int_equal(ask("/api/v1/event", "Bearer 0123456789abcdef", arguments, NULL), 200);
    assert_true(store_prune(monitor.store, event_now(), &err) >= 1);
    assert_int_equal(ask("/api/v1/event", "Bearer 0123456789abcdef", arguments, NULL), 404);
    store_numbers(monitor.store, &numbers);
    assert_string_equal(numbers.error, "");
}

static void a_user_is_forgotten(void **state)
{
    struct event event = one("u-1", "h.test", "infected");
    struct err err;
    static const char *const arguments[] = {"id", "u-1", NULL};

    (void)state;
    event_set_text(&event, EVENT_FIELD_USER, "Alice");
    put(&event);
    assert_int_equal(ask("/api/v1/event", "Bearer 0123456789abcdef", arguments, NULL), 200);
    assert_int_equal(store_forget(monitor.store, "ALICE", &err), 1);
    assert_int_equal(ask("/api/v1/event", "Bearer 0123456789abcdef", arguments, NULL), 404);
}

static void a_damaged_database_is_put_aside(void **state)
{
    char path[96];
    struct store_options options = {.path = path, .keep_ms = 1000, .keep_bytes = 1u << 30};
    struct err err;
    bool is_aside;

    (void)state;
    snprintf(path, sizeof path, "%s/broken.db", directory);
    FILE *file = fopen(path, "we");
    for (int i = 0; i < 5000; i++)
        fputs("this is no database ", file);
    fclose(file);
    struct store *store = store_open(&options, &is_aside, &err);
    assert_non_null(store);
    assert_true(is_aside);
    store_close(&store);
    store = store_open(&options, &is_aside, &err);
    assert_non_null(store);
    assert_false(is_aside);
    store_close(&store);
}

static char *whole_file(const char *path)
{
    FILE *file = fopen(path, "re");
    char *text = calloc(1, 1 << 20);

    assert_non_null(file);
    assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
    fclose(file);
    return text;
}

/* Whoever adds a directive adds it to the manual and the sample (make update-monitor-sample). */
static void manual_and_sample_have_all(void **state)
{
    char *manual = whole_file(TOP_SRCDIR "/doc/man/epost-monitord.8.in");
    char *sample = whole_file(TOP_SRCDIR "/conf/epost-monitord.conf.in");
    char wanted[100];

    (void)state;
    for (size_t i = 0; i < conf_count; i++) {
        snprintf(wanted, sizeof wanted, ".It Cm %s\n", conf_rows[i].name);
        assert_non_null(strstr(manual, wanted));
        assert_non_null(strstr(manual, conf_rows[i].doc));
        snprintf(wanted, sizeof wanted, "\n# %s ", conf_rows[i].name);
        assert_non_null(strstr(sample, wanted));
    }
    free(manual);
    free(sample);
}

/* Whether the metrics say an age of signatures that were built then. */
static bool has_age(uint64_t built_at)
{
    static const unsigned workers[8];
    static struct metrics_view metrics;
    static struct board_view board;
    struct exposition from = {
        .metrics = &metrics, .board = &board, .workers = workers, .now_s = 1800000000};
    struct buf out;

    board.state = BOARD_READY;
    board.serving.number = 1;
    board.serving.built_at = built_at;
    buf_init(&out, EXPOSITION_MAX);
    assert_int_equal(exposition_write(&out, &from, EXPOSITION_TEXT), 0);
    bool has = strstr(buf_text(&out), "\nepost_signatures_age_seconds ") != NULL;
    buf_free(&out);
    return has;
}

/* A clock that is behind would show them as new, and no alarm came. */
static void an_age_ahead_of_the_clock_is_unknown(void **state)
{
    (void)state;
    assert_true(has_age(1800000000 - 86400));
    assert_true(has_age(1800000000 + 60)); /* of another host, whose clock is not quite ours */
    assert_false(has_age(1800000000 + 2 * 86400));
    assert_false(has_age(0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_backlog_keeps_order_and_ceiling),
        cmocka_unit_test(every_word_has_two_languages),
        cmocka_unit_test_setup_teardown(a_search_is_never_sql, open_monitor, close_monitor),
        cmocka_unit_test_setup_teardown(exact_and_beginning, open_monitor, close_monitor),
        cmocka_unit_test_setup_teardown(what_is_old_goes, open_monitor, close_monitor),
        cmocka_unit_test_setup_teardown(a_user_is_forgotten, open_monitor, close_monitor),
        cmocka_unit_test(a_damaged_database_is_put_aside),
        cmocka_unit_test(an_age_ahead_of_the_clock_is_unknown),
        cmocka_unit_test(manual_and_sample_have_all),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
