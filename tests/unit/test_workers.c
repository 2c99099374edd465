/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The supervisor's side of a worker that does not keep to the rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scanner/channel.h"
#include "scanner/estate.h"
#include "scanner/slots.h"
#include "scanner/workers.h"

#define FLOOD 100 /* messages */
#define ROUND 20  /* at most so many are taken in one */

static unsigned left(int fd)
{
    struct channel_message message;
    unsigned count = 0;

    while (channel_receive(fd, &message, NULL, 1) > 0)
        count++;
    return count;
}

/* It says without end that its scan is heavy: others get their turn in between. */
static void a_flood_is_for_many_rounds(void **state)
{
    (void)state;
    static struct supervisor supervisor;
    struct channel_message message;
    struct err err;
    unsigned sent = 0;
    int pair[2];

    supervisor.epoll = -1;
    assert_int_equal(estate_make(&supervisor, &err), 0);
    slots_init(&supervisor);
    assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair), 0);
    struct slot *slot = &supervisor.slots[3];
    slot->state = BOARD_WORKER_HEAVY;
    slot->was_heavy = 1;
    slot->channel = pair[0];
    channel_init(&message, CHANNEL_HEAVY);
    message.id = 7;
    while (sent < FLOOD && channel_send(pair[1], &message, -1, 1) == 0)
        sent++;
    assert_true(sent > 2 * ROUND);
    workers_event(&supervisor, slot);
    assert_int_equal(slot->channel, pair[0]); /* late ones are no crime */
    unsigned after = left(pair[0]);
    assert_true(after < sent); /* it did take some */
    assert_true(after >= sent - ROUND);
    close(pair[0]);
    close(pair[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_flood_is_for_many_rounds)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
