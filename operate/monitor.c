/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/monitor.h"

#include <string.h>

#include "common/eventwire.h"

/* Two threads that map it at the same time: one of the two maps stays unused. */
static const struct board *monitor_map(struct monitor *monitor)
{
    const struct board *board = atomic_load(&monitor->board), *none = NULL;
    struct err ignored;

    if (board || !*monitor->conf->board)
        return board;
    board = board_open_reader(monitor->conf->board, &ignored);
    if (board && !atomic_compare_exchange_strong(&monitor->board, &none, board)) {
        board_close_reader(&board);
        board = none;
    }
    return board;
}

int monitor_board(struct monitor *monitor, struct board_view *view, unsigned workers[5])
{
    const struct board *board = monitor_map(monitor);

    memset(workers, 0, 5 * sizeof workers[0]);
    if (!board)
        return -1;
    board_read(board, view);
    for (unsigned i = 0; i < BOARD_WORKERS && view->state != BOARD_DOWN; i++) {
        uint32_t state = atomic_load_explicit(&board->worker[i].state, memory_order_relaxed);
        if (state <= BOARD_WORKER_HEAVY)
            workers[state]++;
    }
    return 0;
}

void monitor_take(struct monitor *monitor, const struct event *event, const void *message,
                  size_t length)
{
    metrics_event(monitor->metrics, event);
    notifyfeed_offer(&monitor->notify, event, message, length);
    if (backlog_put(monitor->backlog, message, length) < 0)
        metrics_add(monitor->metrics, METRICS_DROPPED, 1);
}

void monitor_tell(struct monitor *monitor, struct event *event)
{
    struct buf message;

    event_set_text(event, EVENT_FIELD_NODE, monitor->conf->node);
    buf_init(&message, EVENTWIRE_MAX);
    if (eventwire_encode(&message, event, 0) == 0)
        monitor_take(monitor, event, message.data, message.length);
    buf_free(&message);
}
