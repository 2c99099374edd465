/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/queue.h"

void queue_add(struct queue *queue, struct queue_item *item, uint64_t arrived_ns, uint64_t length)
{
    item->arrived_ns = arrived_ns;
    item->large = length >= QUEUE_LARGE;
    item->queued = 1;

    struct queue_list *list = &queue->lists[item->large];
    struct queue_item *before = list->last;
    while (before && before->arrived_ns > arrived_ns)
        before = before->previous;
    item->previous = before;
    item->next = before ? before->next : list->first;
    *(item->next ? &item->next->previous : &list->last) = item;
    *(before ? &before->next : &list->first) = item;
    queue->count++;
}

void queue_remove(struct queue *queue, struct queue_item *item)
{
    if (!item->queued)
        return;
    struct queue_list *list = &queue->lists[item->large];
    *(item->previous ? &item->previous->next : &list->first) = item->next;
    *(item->next ? &item->next->previous : &list->last) = item->previous;
    item->next = item->previous = NULL;
    item->queued = 0;
    queue->count--;
}

struct queue_item *queue_take(struct queue *queue, int large_too)
{
    struct queue_item *small = queue->lists[0].first;
    struct queue_item *large = large_too ? queue->lists[1].first : NULL;
    struct queue_item *item = small;

    if (large && (!small || large->arrived_ns + QUEUE_AGEING_NS < small->arrived_ns))
        item = large;
    if (item)
        queue_remove(queue, item);
    return item;
}
