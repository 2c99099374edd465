/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/writer.h"

#include <stdio.h>
#include <time.h>

#include "common/clock.h"
#include "common/eventwire.h"

#define WRITER_WAIT_MS  500
#define WRITER_PAUSE_MS 100 /* after a small batch: as many commits a second as a disk likes */
#define WRITER_PRUNE_MS 30000
#define WRITER_PRUNINGS 10 /* pieces removed one after the other before new events' turn */

static void writer_put(struct monitor *monitor, const struct buf *batch, size_t count)
{
    uint64_t kept;
    struct err err;

    if (store_put(monitor->store, batch, &kept, &err) == 0) {
        metrics_add(monitor->metrics, METRICS_STORED, kept);
        return;
    }
    metrics_add(monitor->metrics, METRICS_UNSTORED, count);
    fprintf(stderr, "epost-monitord: %zu events lost: %s\n", count, err.text);
}

static void writer_prune(struct monitor *monitor)
{
    struct err err;
    long removed = 1;

    for (int i = 0; i < WRITER_PRUNINGS && removed > 0; i++)
        removed = store_prune(monitor->store, event_now(), &err);
    if (removed < 0)
        fprintf(stderr, "epost-monitord: %s\n", err.text);
}

void *writer_run(void *data)
{
    struct monitor *monitor = data;
    struct timespec pause = {.tv_nsec = WRITER_PAUSE_MS * 1000000L};
    struct buf batch;
    uint64_t prune_ms = 0; /* by clock_now_ms: the day may be set back */
    size_t count;

    buf_init(&batch, STORE_BATCH_MAX);
    do {
        count = backlog_take(monitor->backlog, &batch, STORE_BATCH, WRITER_WAIT_MS);
        if (count)
            writer_put(monitor, &batch, count);
        if (count < STORE_BATCH / 2 && !backlog_is_ended(monitor->backlog))
            nanosleep(&pause, NULL);
        if (clock_now_ms() >= prune_ms) {
            writer_prune(monitor);
            prune_ms = clock_now_ms() + WRITER_PRUNE_MS;
        }
    } while (count || !backlog_is_ended(monitor->backlog));
    buf_free(&batch);
    return NULL;
}
