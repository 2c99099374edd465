/* SPDX-License-Identifier: GPL-2.0-or-later */
/* drain: when memory is too short for two engines, the old one ends before the new one loads. */
#include "scanner/drain.h"

#include <stdio.h>

#include "common/clock.h"
#include "common/meminfo.h"
#include "scanner/engines.h"
#include "scanner/jobs.h"
#include "scanner/log.h"
#include "scanner/slots.h"

#define DRAIN_NS (30 * CLOCK_S) /* for running scans to end */

int drain_is_needed(struct supervisor *supervisor)
{
    if (!supervisor->serving)
        return 0;
    uint64_t needed =
        supervisor->serving->resident / 10 * 11 + (uint64_t)supervisor->settings.reload_memory;
    uint64_t available = meminfo_available(supervisor->options.meminfo);
    if (available >= needed)
        return 0;
    log_warn("%llu MiB of memory are free and a second engine needs about %llu: the old one ends "
             "first, requests wait for the new one",
             (unsigned long long)(available >> 20), (unsigned long long)(needed >> 20));
    return 1;
}

void drain_begin(struct supervisor *supervisor, uint64_t now)
{
    struct generation *old = supervisor->serving;

    snprintf(supervisor->previous, sizeof supervisor->previous, "%s", old->about.path);
    supervisor->drain_until_ns = now + DRAIN_NS;
    engines_kill(supervisor, old); /* its workers end by themselves */
    slots_retire(supervisor, old->load);
}

static void drain_end_scans(struct supervisor *supervisor, uint64_t load)
{
    for (unsigned i = 0; i < BOARD_WORKERS; i++) {
        struct slot *slot = &supervisor->slots[i];
        struct job *job = slot->job;
        if (slot->state == BOARD_WORKER_NONE || slot->load != load)
            continue;
        if (job)
            jobs_fail(supervisor, job, REASON_RETRY, "memory was needed to load new signatures");
        slots_kill(supervisor, slot);
    }
}

/* Once nothing of the old engine is left, its memory is free and loading can begin. */
void drain_step(struct supervisor *supervisor, uint64_t now)
{
    struct generation *old = supervisor->serving;

    if (now > supervisor->drain_until_ns)
        drain_end_scans(supervisor, old->load);
    slots_retire(supervisor, old->load);
    if (old->pid || old->spare.pid || slots_left(supervisor, old->load))
        return;
    supervisor->serving = NULL;
    supervisor->drain_until_ns = 0;
    supervisor->is_drained = 1;
    supervisor->reload_wanted = 1;
}
