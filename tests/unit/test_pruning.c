/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is too old goes, also after a clock that was ahead for a while: the threads of the monitor
 * that remove events and copies. The clocks are this program's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "common/eventwire.h"
#include "common/keepwire.h"
#include "operate/keeper.h"
#include "operate/writer.h"
#include "tests/unit/scratch.h"

#define HOUR_MS  UINT64_C(3600000)
#define ROUNDS   600 /* of PAUSE_US: a deadline */
#define PAUSE_US 50000

static _Atomic time_t ahead_s, passed_s; /* the day is ahead; time has passed */

int clock_gettime(clockid_t id, struct timespec *now)
{
    int result = (int)syscall(SYS_clock_gettime, id, now);

    if (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE)
        now->tv_sec += ahead_s + passed_s;
    else if (id == CLOCK_MONOTONIC || id == CLOCK_MONOTONIC_COARSE)
        now->tv_sec += passed_s;
    return result;
}

time_t time(time_t *now_r)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    if (now_r)
        *now_r = now.tv_sec;
    return now.tv_sec;
}

static char directory[] = "/tmp/epost-pruning-XXXXXX";
static char names[4][80];
static struct conf conf;
static struct monitor monitor;

static void set(const char *name, const char *value)
{
    struct err err;

    assert_int_equal(directive_set(conf_rows, conf_count, &conf, name, value, &err), 0);
}

static int open_monitor(void **state)
{
    static const char *const places[] = {"events.db", "quarantine.sock", "quarantine", "key"};
    struct store_options options = {
        .path = names[0], .keep_ms = HOUR_MS, .keep_bytes = UINT64_C(1) << 30};
    struct err err;
    bool is_aside;

    (void)state;
    ahead_s = 2 * 86400;
    passed_s = 0;
    for (size_t i = 0; i < 4; i++)
        snprintf(names[i], sizeof names[i], "%s/%s", directory, places[i]);
    if (conf_load(&conf, "/no/such/file", 0, &err) < 0)
        return -1;
    set("Quarantine", names[1]);
    set("QuarantineDirectory", names[2]);
    set("QuarantineKey", names[3]);
    set("QuarantineTime", "1h");
    FILE *key = fopen(names[3], "we");
    fputs("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", key);
    fclose(key);
    chmod(names[3], 0600);
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

static int make_directory(void **state)
{
    (void)state;
    return mkdtemp(directory) ? 0 : -1;
}

static int remove_directory(void **state)
{
    (void)state;
    return scratch_remove(directory);
}

/* By the clock that is right, whatever `ahead_s` says. */
static uint64_t right_ms(void)
{
    struct timespec now;

    syscall(SYS_clock_gettime, CLOCK_REALTIME, &now);
    return ((uint64_t)now.tv_sec + (uint64_t)passed_s) * 1000;
}

static void encode(struct buf *message, uint64_t time_ms)
{
    struct event event;

    event_init(&event, EVENT_KIND_TRANSACTION, time_ms);
    event_set_text(&event, EVENT_FIELD_ID, "one");
    buf_init(message, EVENTWIRE_MAX);
    assert_int_equal(eventwire_encode(message, &event, 0), 0);
}

/* --------------------------------------------------------------------- events */

static void take_event(uint64_t time_ms)
{
    struct buf message;

    encode(&message, time_ms);
    assert_int_equal(backlog_put(monitor.backlog, message.data, message.length), 0);
    buf_free(&message);
}

/* Those that were taken, and those of them that are still there. */
static uint64_t stored(void)
{
    static struct metrics_view view;

    metrics_read(monitor.metrics, &view);
    return view.counter[METRICS_STORED];
}

static uint64_t events(void)
{
    struct store_numbers numbers;

    store_numbers(monitor.store, &numbers);
    return numbers.events;
}

static void events_go(void **state)
{
    pthread_t thread;

    (void)state;
    take_event(right_ms());
    assert_int_equal(pthread_create(&thread, NULL, writer_run, &monitor), 0);
    for (int i = 0; i < ROUNDS && (stored() < 1 || events() > 0); i++)
        usleep(PAUSE_US);
    assert_int_equal(events(), 0); /* by the clock that is ahead it was old */
    usleep(PAUSE_US);
    ahead_s = 0;
    take_event(right_ms() - 2 * HOUR_MS);
    for (int i = 0; i < ROUNDS && stored() < 2; i++)
        usleep(PAUSE_US);
    assert_int_equal(events(), 1);
    passed_s = 60;
    for (int i = 0; i < ROUNDS && events() != stored() - 2; i++) {
        take_event(right_ms()); /* wakes the writer, which waits by the machine's clock */
        usleep(PAUSE_US);
    }
    backlog_end(monitor.backlog);
    pthread_join(thread, NULL);
    assert_int_equal(events(), stored() - 2);
}

/* --------------------------------------------------------------------- copies */

static int body(void)
{
    int fd = memfd_create("body", MFD_CLOEXEC);

    assert_int_equal(write(fd, "body", 4), 4);
    return fd;
}

static uint64_t copies(void)
{
    uint64_t count, bytes;

    vault_totals(monitor.vault, &count, &bytes);
    return count;
}

static void wake_keeper(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

    memcpy(address.sun_path, names[1], sizeof names[1]);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    close(fd);
}

static void *run_keeper(void *keeper)
{
    keeper_run(keeper);
    return NULL;
}

static void copies_go(void **state)
{
    char text[KEEPWIRE_TEXT], number[VAULT_NUMBER];
    struct event event;
    struct seal_key key;
    struct buf message;
    struct err err;
    pthread_t thread;
    int fd = body();

    (void)state;
    struct keeper *keeper = keeper_open(&monitor, getgid(), getgid(), &err);
    assert_non_null(keeper);
    assert_int_equal(seal_key_load(&key, names[3], &err), 0);
    encode(&message, right_ms());
    struct vault_content content = {
        .event = message.data, .event_length = message.length, .fd = fd, .length = 4};
    assert_int_equal(vault_put(monitor.vault, &key, &content, right_ms(), NULL, NULL, number, &err),
                     0);
    assert_int_equal(copies(), 1);
    assert_int_equal(pthread_create(&thread, NULL, run_keeper, keeper), 0);
    for (int i = 0; i < ROUNDS && copies() != 0; i++)
        usleep(PAUSE_US);
    assert_int_equal(copies(), 0); /* by the clock that is ahead it was old */
    usleep(PAUSE_US);
    ahead_s = 0;
    event_init(&event, EVENT_KIND_TRANSACTION, right_ms());
    event_set_text(&event, EVENT_FIELD_ID, "two");
    assert_int_equal(keepwire_ask(names[1], &event, fd, 4, 30000, text, sizeof text), 0);
    assert_int_equal(copies(), 1);
    passed_s = 2 * 3600;
    for (int i = 0; i < ROUNDS && copies() != 0; i++) {
        wake_keeper();
        usleep(PAUSE_US);
    }
    keeper_stop(keeper);
    pthread_join(thread, NULL);
    assert_int_equal(copies(), 0);
    keeper_close(&keeper);
    buf_free(&message);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(events_go, open_monitor, close_monitor),
        cmocka_unit_test_setup_teardown(copies_go, open_monitor, close_monitor),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
