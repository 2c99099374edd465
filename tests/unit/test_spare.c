/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The generation process is killed while its copy is being forked. The processes are sockets here:
 * with real ones the moment between the fork and the HELLO is too short to be met. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/clock.h"
#include "scanner/channel.h"
#include "scanner/estate.h"
#include "scanner/generations.h"
#include "scanner/loop.h"
#include "scanner/slots.h"
#include "scanner/spare.h"

#define NO_PROCESS 0x3ffffff /* over any PID that Linux gives */

static struct supervisor supervisor;
static struct generation *serving;
static int spare_end; /* of the process that is being forked */

/* One generation serves without workers; a copy of it is asked for and has not said HELLO. */
static int set_up(void **state)
{
    int pair[2];

    (void)state;
    memset(&supervisor, 0, sizeof supervisor);
    supervisor.epoll = epoll_create1(EPOLL_CLOEXEC);
    supervisor.board = calloc(1, sizeof *supervisor.board);
    supervisor.slots = calloc(BOARD_WORKERS, sizeof *supervisor.slots);
    supervisor.generations = calloc(SUPERVISOR_GENERATIONS, sizeof *supervisor.generations);
    if (supervisor.epoll < 0 || !supervisor.board || !supervisor.slots || !supervisor.generations ||
        socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    slots_init(&supervisor);
    for (size_t i = 0; i < SUPERVISOR_GENERATIONS; i++) {
        supervisor.generations[i].channel = supervisor.generations[i].end.fd = -1;
        spare_init(&supervisor.generations[i].spare);
    }
    supervisor.loads = 1;
    serving = supervisor.serving = &supervisor.generations[0];
    serving->load = 1;
    serving->is_ready = 1;
    serving->ready_ns = clock_now();
    serving->pid = NO_PROCESS;
    serving->spare.channel = pair[0];
    serving->spare.after_ns = UINT64_MAX; /* no second one is asked for: nobody would fork it */
    spare_end = pair[1];
    return loop_watch(&supervisor, pair[0], &serving->spare.source, 0);
}

static int tear_down(void **state)
{
    (void)state;
    loop_unwatch(&supervisor, &serving->end.fd);
    loop_unwatch(&supervisor, &serving->spare.channel);
    loop_unwatch(&supervisor, &serving->channel);
    close(supervisor.epoll);
    if (spare_end >= 0)
        close(spare_end);
    free(supervisor.board);
    free(supervisor.slots);
    free(supervisor.generations);
    return 0;
}

static void says_hello(void)
{
    struct channel_message message;

    channel_init(&message, CHANNEL_HELLO);
    message.hello.pid = getpid();
    assert_int_equal(channel_send(spare_end, &message, -1, 1), 0);
}

static void is_not_loaded_again(void)
{
    assert_ptr_equal(supervisor.serving, serving);
    assert_int_equal(supervisor.reload_wanted, 0);
    assert_int_equal(supervisor.retry_ns, 0);
}

static void a_copy_being_forked_is_waited_for(void **state)
{
    (void)state;
    assert_int_equal(generations_reaped(&supervisor, NO_PROCESS, 0), 1);
    is_not_loaded_again();
    generations_step(&supervisor, clock_now());
    is_not_loaded_again();
    assert_int_not_equal(atomic_load(&supervisor.board->state), BOARD_READY);

    says_hello();
    spare_event(&supervisor, &serving->spare);
    generations_step(&supervisor, clock_now());
    is_not_loaded_again();
    assert_int_equal(serving->pid, getpid());
    assert_int_equal(atomic_load(&supervisor.board->state), BOARD_READY);
}

static void a_copy_that_was_never_forked_is_not(void **state)
{
    (void)state;
    assert_int_equal(generations_reaped(&supervisor, NO_PROCESS, 0), 1);
    close(spare_end); /* it lay unread in the channel of the process that is gone */
    spare_end = -1;
    spare_event(&supervisor, &serving->spare);
    generations_step(&supervisor, clock_now());
    assert_true(supervisor.retry_ns || supervisor.reload_wanted);
}

static void a_copy_that_says_nothing_is_given_up(void **state)
{
    (void)state;
    assert_int_equal(generations_reaped(&supervisor, NO_PROCESS, 0), 1);
    serving->spare.due_ns = clock_now() - 1;
    generations_step(&supervisor, clock_now());
    assert_int_equal(serving->spare.channel, -1);
    generations_step(&supervisor, clock_now());
    assert_true(supervisor.retry_ns || supervisor.reload_wanted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_copy_being_forked_is_waited_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_copy_that_was_never_forked_is_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_copy_that_says_nothing_is_given_up, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
