/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a supervisor leaves to the next one, and what it does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/descriptors.h"
#include "scanner/estate.h"
#include "scanner/inherit.h"
#include "scanner/log.h"
#include "scanner/parking.h"

#define STALE 987 /* a descriptor of the process that is gone */

static struct supervisor supervisor;
static int parked[PARKING_PLACES];

static int make_supervisor(void **state)
{
    struct err err;

    (void)state;
    memset(&supervisor, 0, sizeof supervisor);
    supervisor.epoll = supervisor.listener = supervisor.signals = supervisor.board_lock = -1;
    for (size_t i = 0; i < PARKING_PLACES; i++)
        parked[i] = -1;
    if (directive_defaults(scannerconf_rows, scannerconf_count, &supervisor.settings, &err) < 0)
        return -1;
    free(supervisor.settings.log);
    supervisor.settings.log = strdup("/dev/null");
    return supervisor.settings.log ? estate_make(&supervisor, &err) : -1;
}

static int free_supervisor(void **state)
{
    (void)state;
    inherit_forget(&supervisor);
    directive_release(scannerconf_rows, scannerconf_count, &supervisor.settings);
    return 0;
}

static void take_over(void)
{
    struct err err;

    estate_note(&supervisor);
    assert_int_equal(inherit_begin(&supervisor, parked, &err), 0);
}

/* Before any of them is watched something may go wrong, and all are closed. */
static void handles_are_forgotten(void **state)
{
    (void)state;
    struct estate *estate = supervisor.estate;

    estate->slots[3].state = BOARD_WORKER_HEAVY;
    estate->slots[3].job = (struct job *)(void *)estate;
    estate->slots[3].channel = estate->slots[3].end.fd = STALE;
    estate->generations[1].load = 5;
    estate->generations[1].channel = estate->generations[1].end.fd = STALE;
    estate->generations[1].spare.channel = estate->generations[1].spare.end.fd = STALE;
    take_over();
    assert_null(supervisor.slots[3].job);
    assert_int_equal(supervisor.slots[3].channel, -1);
    assert_int_equal(supervisor.slots[3].end.fd, -1);
    assert_int_equal(supervisor.generations[1].channel, -1);
    assert_int_equal(supervisor.generations[1].end.fd, -1);
    assert_int_equal(supervisor.generations[1].spare.channel, -1);
    assert_int_equal(supervisor.generations[1].spare.end.fd, -1);
    assert_int_equal(supervisor.slots[3].state, BOARD_WORKER_HEAVY); /* and nothing else */
    assert_int_equal(supervisor.generations[1].load, 5);
}

static void state_goes_on(void **state)
{
    (void)state;
    struct cache_key key;

    memset(&key, 7, sizeof key);
    crashlist_add(supervisor.crashlist, &key, 0);
    supervisor.serving = &supervisor.generations[2];
    supervisor.loading = &supervisor.generations[0];
    supervisor.reload_wanted = 1;
    supervisor.is_drained = 1;
    supervisor.drain_until_ns = 11;
    supervisor.retry_ns = 12;
    supervisor.retries = 3;
    strcpy(supervisor.previous, "/bases/gen-4");
    take_over();
    assert_int_equal(crashlist_has(supervisor.crashlist, &key), 1);
    assert_ptr_equal(supervisor.serving, &supervisor.estate->generations[2]);
    assert_ptr_equal(supervisor.loading, &supervisor.estate->generations[0]);
    assert_int_equal(supervisor.reload_wanted, 1);
    assert_int_equal(supervisor.is_drained, 1);
    assert_int_equal(supervisor.drain_until_ns, 11);
    assert_int_equal(supervisor.retry_ns, 12);
    assert_int_equal(supervisor.retries, 3);
    assert_string_equal(supervisor.previous, "/bases/gen-4");
    assert_int_equal(supervisor.is_stopping, 0); /* a signal tells it */
}

/* The draining had ended and the round had not: nothing is left to drain. */
static void no_draining_of_nothing(void **state)
{
    (void)state;
    supervisor.is_drained = 1;
    supervisor.drain_until_ns = 11;
    take_over();
    assert_int_equal(supervisor.is_drained, 1);
    assert_int_equal(supervisor.drain_until_ns, 0);
}

static void a_log_that_cannot_be_opened_is_no_hindrance(void **state)
{
    (void)state;
    free(supervisor.settings.log);
    supervisor.settings.log = strdup("/proc/no/such.log");
    estate_note_settings(&supervisor);
    take_over();
    assert_string_equal(supervisor.settings.log, "/proc/no/such.log");
}

static int is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0;
}

/* In a child: the test's own are not touched. Standard error is never closed. */
static void all_is_closed_but(void **state)
{
    (void)state;
    int status = -1;
    pid_t pid = fork();

    if (pid == 0) {
        int kept[] = {-1, 105, STDERR_FILENO, 101, -1, 105, 100};
        for (int fd = 100; fd < 108; fd++)
            dup2(STDOUT_FILENO, fd);
        descriptors_close_but(kept, sizeof kept / sizeof kept[0]);
        int wrong = !is_open(STDIN_FILENO) + !is_open(STDOUT_FILENO) + !is_open(STDERR_FILENO);
        for (int fd = STDERR_FILENO + 1; fd < 200; fd++)
            wrong += is_open(fd) != (fd == 100 || fd == 101 || fd == 105);
        _exit(wrong);
    }
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

#define ONE(name) cmocka_unit_test_setup_teardown(name, make_supervisor, free_supervisor)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE(handles_are_forgotten), ONE(state_goes_on), ONE(no_draining_of_nothing),
        ONE(a_log_that_cannot_be_opened_is_no_hindrance), cmocka_unit_test(all_is_closed_but)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
