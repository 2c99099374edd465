/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scans that outlast their clients. A profile's time is over before the scan: the client is told
 * error: pending, and the scan goes on for whoever asks again for the same bytes. It has to end
 * in the cache, or that would be a promise without an end: so only what the cache may take is
 * kept.
 */
#include "scanner/background.h"

#include <unistd.h>

#include "scanner/jobs.h"
#include "scanner/log.h"
#include "scanner/outcomes.h"
#include "scanner/slots.h"

/* One place a core: these scans run at lower priority, and never all at the cost of the rest. */
static unsigned background_places(void)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);

    return cores > 0 ? (unsigned)cores : 1;
}

static int background_is_served(const struct supervisor *supervisor, const struct slot *slot)
{
    return supervisor->serving && supervisor->serving->load == slot->load &&
           !supervisor->drain_until_ns;
}

/* Keeps a running job for clients that will ask again. Returns 1 when it is kept, by this call or
 * an earlier one; 0 when its verdict could not be remembered, or all places are taken. */
static int background_keep(struct supervisor *supervisor, struct job *job)
{
    if (job->is_kept)
        return 1;
    if (!job->slot || !job->is_shared || !supervisor->cache || supervisor->is_stopping ||
        !background_is_served(supervisor, job->slot) || !jobs_is_steady(supervisor, job) ||
        supervisor->kept >= background_places())
        return 0;
    job->is_kept = 1;
    supervisor->kept++;
    slots_lower(supervisor, job->slot);
    supervisor->needs_workers = true;
    return 1;
}

enum reason background_overdue(struct supervisor *supervisor, struct connection *connection)
{
    int kept = background_keep(supervisor, connection->job);

    jobs_leave(supervisor, connection);
    return kept ? REASON_PENDING : REASON_TIMEOUT;
}

void background_step(struct supervisor *supervisor, uint64_t now)
{
    for (unsigned i = 0; i < BOARD_WORKERS; i++) {
        struct slot *slot = &supervisor->slots[i];
        struct job *job = slot->job;
        if (!job)
            continue;
        if (now >= job->limit_ns) {
            outcomes_limit(supervisor, job);
        } else if (job->is_kept && TAILQ_EMPTY(&job->waiters) &&
                   !background_is_served(supervisor, slot)) {
            log_info("a scan in the background ends with its engine");
            jobs_drop(supervisor, job);
        }
    }
}
