/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/spare.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "scanner/channel.h"
#include "scanner/ending.h"
#include "scanner/log.h"
#include "scanner/loop.h"
#include "scanner/parking.h"

#define SPARE_AWAIT_NS (3 * CLOCK_S) /* for the HELLO of one whose parent has ended */

void spare_init(struct spare *spare)
{
    memset(spare, 0, sizeof *spare);
    spare->source = SOURCE_SPARE;
    spare->channel = spare->end.fd = -1;
}

int spare_is_awaited(const struct generation *generation)
{
    return !generation->pid && generation->spare.channel >= 0;
}

int spare_await(struct generation *generation)
{
    if (!spare_is_awaited(generation))
        return 0;
    log_warn("the generation process ended unexpectedly; its copy, just asked for, is waited for");
    generation->spare.due_ns = clock_now() + SPARE_AWAIT_NS;
    return 1;
}

static void spare_lost(struct supervisor *supervisor, struct spare *spare)
{
    loop_hang_up(supervisor, &spare->channel);
    if (spare->pid)
        kill(spare->pid, SIGKILL); /* its end is noticed, and then it is replaced */
    spare->after_ns = clock_now() + SPARE_PAUSE_NS;
}

void spare_expire(struct supervisor *supervisor, struct generation *generation, uint64_t now)
{
    if (spare_is_awaited(generation) && now > generation->spare.due_ns)
        spare_lost(supervisor, &generation->spare);
}

void spare_event(struct supervisor *supervisor, struct spare *spare)
{
    struct channel_message message;

    while (spare->channel >= 0) {
        int got = channel_receive(spare->channel, &message, NULL, 1);
        if (got < 0)
            return;
        if (got == 0 || message.kind != CHANNEL_HELLO || message.hello.pid <= 1) {
            spare_lost(supervisor, spare);
            return;
        }
        spare->pid = message.hello.pid;
        ending_watch(supervisor, &spare->end, spare->pid);
    }
}

int spare_reaped(struct supervisor *supervisor, pid_t pid)
{
    for (size_t i = 0; i < SUPERVISOR_GENERATIONS; i++) {
        struct spare *spare = &supervisor->generations[i].spare;
        if (supervisor->generations[i].load == 0 || spare->pid != pid)
            continue;
        spare->pid = 0;
        loop_hang_up(supervisor, &spare->channel);
        return 1;
    }
    return 0;
}

int spare_promote(struct supervisor *supervisor, struct generation *generation)
{
    struct spare *spare = &generation->spare;
    int channel = spare->channel;

    spare_event(supervisor, spare); /* it may be gone too, or have just come to life */
    if (spare->channel < 0 || !spare->pid)
        return 0;
    generation->pid = spare->pid;
    ending_watch(supervisor, &generation->end, spare->pid);
    generation->channel = channel;
    parking_give(supervisor, PARKING_GENERATION(generation - supervisor->generations), channel);
    parking_give(supervisor, PARKING_SPARE(generation - supervisor->generations), -1);
    ending_drop(supervisor, &spare->end);
    spare_init(spare);
    loop_rewatch(supervisor, channel, &generation->source);
    log_warn("the generation process ended unexpectedly; process %d, its copy, takes its place",
             (int)generation->pid);
    return 1;
}

void spare_kill(struct supervisor *supervisor, struct generation *generation)
{
    struct spare *spare = &generation->spare;

    if (spare->pid)
        kill(spare->pid, SIGKILL);
    loop_hang_up(supervisor, &spare->channel);
}
