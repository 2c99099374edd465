/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/queue.h"

void queue_init(struct queue *queue)
{
    TAILQ_INIT(&queue->lists[0]);
    TAILQ_INIT(&queue->lists[1]);
}

uint64_t queue_client(const char *text, size_t length, uint64_t number)
{
    const unsigned char *bytes = length ? (const void *)text : (const void *)&number;
    uint64_t hash = 14695981039346656037u; /* FNV-1a */

    for (size_t i = 0; i < (length ? length : sizeof number); i++)
        hash = (hash ^ bytes[i]) * 1099511628211u;
    return hash ^ (hash >> 32);
}

static uint64_t queue_next_turn(struct queue *queue, uint64_t client)
{
    uint64_t *last = &queue->given[client % QUEUE_CLIENTS];

    *last = *last > queue->turn ? *last + 1 : queue->turn + 1;
    return *last;
}

static int queue_is_before(const struct queue_item *one, const struct queue_item *other)
{
    return one->turn != other->turn ? one->turn < other->turn : one->arrived_ns < other->arrived_ns;
}

void queue_add(struct queue *queue, struct queue_item *item, uint64_t arrived_ns, uint64_t length)
{
    item->arrived_ns = arrived_ns;
    item->large = length >= QUEUE_LARGE;
    item->queued = 1;
    if (!item->turn)
        item->turn = queue_next_turn(queue, item->client);

    struct queue_list *list = &queue->lists[item->large];
    struct queue_item *before;
    TAILQ_FOREACH_REVERSE(before, list, queue_list, place)
        if (!queue_is_before(item, before))
            break;
    if (before)
        TAILQ_INSERT_AFTER(list, before, item, place);
    else
        TAILQ_INSERT_HEAD(list, item, place);
    queue->count++;
}

void queue_remove(struct queue *queue, struct queue_item *item)
{
    if (!item->queued)
        return;
    TAILQ_REMOVE(&queue->lists[item->large], item, place);
    item->queued = 0;
    queue->count--;
}

struct queue_item *queue_take(struct queue *queue, int large_too)
{
    struct queue_item *small = TAILQ_FIRST(&queue->lists[0]);
    struct queue_item *large = large_too ? TAILQ_FIRST(&queue->lists[1]) : NULL;
    struct queue_item *item = small;

    if (large && (!small || large->arrived_ns + QUEUE_AGEING_NS < small->arrived_ns))
        item = large;
    if (!item)
        return NULL;
    queue_remove(queue, item);
    if (item->turn > queue->turn)
        queue->turn = item->turn;
    return item;
}
