/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/deadline.h"

#include <stdlib.h>

static void deadline_put(struct deadline_heap *heap, size_t place, struct deadline *item)
{
    heap->items[place] = item;
    item->place = place;
}

static void deadline_rise(struct deadline_heap *heap, struct deadline *item)
{
    size_t at = item->place;

    while (at > 1 && item->at_ns < heap->items[at / 2]->at_ns) {
        deadline_put(heap, at, heap->items[at / 2]);
        at /= 2;
    }
    deadline_put(heap, at, item);
}

static void deadline_sink(struct deadline_heap *heap, struct deadline *item)
{
    size_t at = item->place;

    for (;;) {
        size_t child = at * 2;
        if (child > heap->count)
            break;
        if (child < heap->count && heap->items[child + 1]->at_ns < heap->items[child]->at_ns)
            child++;
        if (item->at_ns <= heap->items[child]->at_ns)
            break;
        deadline_put(heap, at, heap->items[child]);
        at = child;
    }
    deadline_put(heap, at, item);
}

static int deadline_grow(struct deadline_heap *heap)
{
    size_t capacity = heap->capacity ? heap->capacity * 2 : 64;
    struct deadline **items = realloc(heap->items, (capacity + 1) * sizeof(struct deadline *));

    if (!items)
        return -1;
    heap->items = items;
    heap->capacity = capacity;
    return 0;
}

int deadline_set(struct deadline_heap *heap, struct deadline *item, uint64_t at_ns)
{
    item->at_ns = at_ns;
    if (!item->place) {
        if (heap->count == heap->capacity && deadline_grow(heap) < 0)
            return -1;
        deadline_put(heap, ++heap->count, item);
    }
    deadline_rise(heap, item);
    deadline_sink(heap, item);
    return 0;
}

void deadline_clear(struct deadline_heap *heap, struct deadline *item)
{
    size_t place = item->place;

    if (!place)
        return;
    struct deadline *last = heap->items[heap->count--];
    item->place = 0;
    if (last == item)
        return;
    deadline_put(heap, place, last);
    deadline_rise(heap, last);
    deadline_sink(heap, last);
}

struct deadline *deadline_first(const struct deadline_heap *heap)
{
    return heap->count ? heap->items[1] : NULL;
}

void deadline_free(struct deadline_heap *heap)
{
    free(heap->items);
    heap->items = NULL;
    heap->count = heap->capacity = 0;
}
