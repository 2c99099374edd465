/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/engines.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/bases.h"
#include "scanner/channel.h"
#include "scanner/ending.h"
#include "scanner/engine_process.h"
#include "scanner/estate.h"
#include "scanner/log.h"
#include "scanner/loop.h"
#include "scanner/parking.h"
#include "scanner/spare.h"

#define CHANNEL_FD 3 /* of a generation process: all else is closed */

/* ------------------------------------------------------------------ places */

void engines_init(struct supervisor *supervisor)
{
    for (size_t i = 0; i < SUPERVISOR_GENERATIONS; i++) {
        supervisor->generations[i].channel = supervisor->generations[i].end.fd = -1;
        spare_init(&supervisor->generations[i].spare);
    }
}

void engines_clear(struct supervisor *supervisor, struct generation *generation)
{
    ending_drop(supervisor, &generation->end);
    ending_drop(supervisor, &generation->spare.end);
    memset(generation, 0, sizeof *generation);
    generation->source = SOURCE_GENERATION;
    generation->channel = generation->end.fd = -1;
    spare_init(&generation->spare);
}

struct generation *engines_free_place(struct supervisor *supervisor)
{
    for (size_t i = 0; i < SUPERVISOR_GENERATIONS; i++)
        if (supervisor->generations[i].load == 0)
            return &supervisor->generations[i];
    return NULL;
}

int engines_can_serve(const struct supervisor *supervisor)
{
    return supervisor->serving || supervisor->is_drained;
}

/* ---------------------------------------------------------------- starting */

/* In the child. The board must not be writable for what parses hostile bytes. */
static _Noreturn void engines_become(struct supervisor *supervisor,
                                     const struct generation *generation, const char *bases,
                                     int channel)
{
    char fallback[sizeof generation->fallback]; /* the estate is unmapped below */

    memcpy(fallback, generation->fallback, sizeof fallback);
    const struct engine_process_start start = {
        .settings = supervisor->is_proposed ? &supervisor->proposed : &supervisor->settings,
        .bases = bases,
        .fallback = fallback,
        .number = generation->load,
        .is_beside = supervisor->serving != NULL,
        .channel = CHANNEL_FD,
        .shared = supervisor->shared};

    setsid(); /* to be scheduled as a group of its own: see pace.h */
    munmap(supervisor->board, sizeof *supervisor->board);
    munmap(supervisor->estate, sizeof *supervisor->estate);
    log_forget_origin();
    if (dup2(channel, CHANNEL_FD) < 0)
        _exit(1);
    close_range(CHANNEL_FD + 1, ~0u, 0);
    engine_process_main(&start);
}

int engines_start(struct supervisor *supervisor, const char *bases, uint64_t now, struct err *err)
{
    struct generation *generation = engines_free_place(supervisor);
    int pair[2];

    if (!generation)
        return err_set(err, "too many generations are still ending");
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return err_sys(err, "cannot make a socket pair");
    engines_clear(supervisor, generation);
    generation->load = ++supervisor->loads;
    generation->channel = pair[0];
    generation->started_ns = now;
    generation->stamp = bases_stamp_known(bases);
    generation->proposal = supervisor->is_proposed ? supervisor->proposals : 0;
    snprintf(generation->fallback, sizeof generation->fallback, "%.400s%llu.", supervisor->fallback,
             (unsigned long long)generation->load);
    pid_t pid = fork();
    if (pid == 0)
        engines_become(supervisor, generation, bases, pair[1]);
    close(pair[1]);
    generation->pid = pid > 0 ? pid : 0; /* not in the child: it shares this memory until then */
    if (pid < 0 || loop_watch(supervisor, pair[0], &generation->source, 0) < 0) {
        err_sys(err, "cannot start a generation process");
        close(pair[0]);
        generation->load = 0;
        return -1;
    }
    ending_watch(supervisor, &generation->end, generation->pid);
    parking_give(supervisor, PARKING_GENERATION(generation - supervisor->generations), pair[0]);
    supervisor->loading = generation;
    estate_note(supervisor);
    log_info("loading %s in process %d", bases, (int)generation->pid);
    return 0;
}

/* ------------------------------------------------------------------ asking */

/* Asks for a process and gives it a channel. Returns our end of it, or -1. */
static int engines_ask(struct supervisor *supervisor, const struct generation *generation,
                       struct channel_message *message, enum source *source, uint32_t place)
{
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    int failed = channel_send(generation->channel, message, pair[1], 1) < 0 ||
                 loop_watch(supervisor, pair[0], source, 0) < 0;
    close(pair[1]);
    if (failed) {
        close(pair[0]);
        return -1;
    }
    parking_give(supervisor, place, pair[0]);
    return pair[0];
}

int engines_ask_worker(struct supervisor *supervisor, struct generation *generation,
                       struct slot *slot)
{
    unsigned number = (unsigned)(slot - supervisor->slots);
    struct channel_message message;

    channel_init(&message, CHANNEL_FORK);
    message.slot = number;
    return engines_ask(supervisor, generation, &message, &slot->source, PARKING_SLOT(number));
}

void engines_ask_spare(struct supervisor *supervisor, uint64_t now)
{
    struct generation *generation = supervisor->serving;
    struct channel_message message;

    if (!generation)
        return;
    spare_expire(supervisor, generation, now);
    if (!generation->pid || generation->channel < 0 || supervisor->drain_until_ns ||
        supervisor->is_stopping || generation->spare.channel >= 0 || generation->spare.pid ||
        now < generation->spare.after_ns)
        return;
    generation->spare.after_ns = now + SPARE_PAUSE_NS;
    channel_init(&message, CHANNEL_SPARE);
    generation->spare.channel =
        engines_ask(supervisor, generation, &message, &generation->spare.source,
                    PARKING_SPARE(generation - supervisor->generations));
}

/* ------------------------------------------------------------------ ending */

void engines_break(struct supervisor *supervisor, struct generation *generation)
{
    if (generation->pid)
        kill(generation->pid, SIGKILL);
    loop_hang_up(supervisor, &generation->channel);
}

void engines_kill(struct supervisor *supervisor, struct generation *generation)
{
    spare_kill(supervisor, generation);
    engines_break(supervisor, generation);
}
