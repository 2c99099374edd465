/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/dispatch.h"

#include "common/clock.h"
#include "common/peer.h"
#include "scanner/slots.h"

#define DISPATCH_GRACE_NS (3 * CLOCK_S) /* for a worker to end its scan itself at MaxScanTime */

static int dispatch_hand_over(struct supervisor *supervisor, struct job *job, struct slot *slot)
{
    struct connection *connection = TAILQ_FIRST(&job->waiters);
    uint64_t waited = clock_now() - connection->arrived_ns;

    if (slots_start(supervisor, slot, job, connection->fd, (uint32_t)(waited / 1000)) < 0)
        return -1;
    job->limit_ns =
        clock_now() + (uint64_t)supervisor->settings.max_scan_time * CLOCK_MS + DISPATCH_GRACE_NS;
    job->passed = connection;
    job->is_trusted = (connection->request.flags & WIRE_BODY_FD) && peer_is_trusted(connection->fd);
    supervisor->waiting--;
    return 0;
}

void dispatch_run(struct supervisor *supervisor)
{
    int large_too;
    struct slot *slot;
    struct queue_item *item;

    while (supervisor->queue.count && (slot = slots_idle(supervisor, &large_too)) &&
           (item = queue_take(&supervisor->queue, large_too))) {
        struct job *job = (struct job *)(void *)item;
        if (dispatch_hand_over(supervisor, job, slot) < 0)
            queue_add(&supervisor->queue, item, job->arrived_ns, job->length);
    }
}
