/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scans that have used much CPU. They take no place of light ones, however many they are: as many
 * as keep the cores busy run, at low priority, and the rest are stopped. Each tick those that have
 * run least so far are next, so that a scan of a second does not wait behind one of a minute.
 */
#include "scanner/heavies.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/meminfo.h"
#include "scanner/jobs.h"
#include "scanner/log.h"
#include "scanner/slots.h"

#define HEAVIES_PER_CORE 1
#define HEAVIES_SPARE    8                    /* slots for workers that come and go */
#define HEAVIES_MEMORY   (UINT64_C(16) << 20) /* bytes that a process costs at least */

static unsigned heavies_running_max(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    return cores > 0 ? (unsigned)cores * HEAVIES_PER_CORE : HEAVIES_PER_CORE;
}

unsigned heavies_max(const struct supervisor *supervisor)
{
    uint64_t workers = (uint64_t)supervisor->settings.workers;
    uint64_t memory = (uint64_t)supervisor->settings.scan_memory;
    uint64_t slots = BOARD_WORKERS - HEAVIES_SPARE - workers;

    if (memory == 0)
        memory = supervisor->memory / 4;
    uint64_t fit = memory / HEAVIES_MEMORY;
    if (fit < workers)
        fit = workers;
    return (unsigned)(fit < slots ? fit : slots);
}

static uint64_t heavies_ran(const struct slot *slot, uint64_t now)
{
    return slot->ran_ns + (slot->is_stopped ? 0 : now - slot->resumed_ns);
}

struct heavies_order {
    struct slot *slot;
    uint64_t ran_ns;
};

static int heavies_compare(const void *a, const void *b)
{
    const struct heavies_order *one = a, *other = b;

    return one->ran_ns < other->ran_ns ? -1 : one->ran_ns > other->ran_ns;
}

void heavies_step(struct supervisor *supervisor, uint64_t now)
{
    struct heavies_order order[BOARD_WORKERS];
    unsigned count = 0, most = heavies_running_max();

    for (unsigned i = 0; i < BOARD_WORKERS; i++) {
        struct slot *slot = &supervisor->slots[i];
        if (slot->job && atomic_load(&supervisor->shared[i].replied) == slot->job->id) {
            slots_go_on(slot); /* it has only to say so */
            continue;
        }
        if (slot->state == BOARD_WORKER_HEAVY && slot->job && !slot->is_dying && slot->pid)
            order[count++] = (struct heavies_order){slot, heavies_ran(slot, now)};
    }
    qsort(order, count, sizeof order[0], heavies_compare);
    for (unsigned i = 0; i < count; i++) {
        struct slot *slot = order[i].slot;
        if (i < most && slot->is_stopped)
            slots_go_on(slot);
        else if (i >= most && !slot->is_stopped)
            slots_stop(slot, now);
    }
}

void heavies_begin(struct supervisor *supervisor, struct slot *slot)
{
    struct slots_count count;
    uint64_t now = clock_now();

    slot->ran_ns = 0;
    slot->resumed_ns = now;
    slots_count(supervisor, slot->load, &count);
    if (count.heavy > heavies_max(supervisor) && slot->job) {
        jobs_fail(supervisor, slot->job, REASON_BUSY, "too many scans take long");
        slots_kill(supervisor, slot);
        return;
    }
    heavies_step(supervisor, now);
}
