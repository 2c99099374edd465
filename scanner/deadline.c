/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/deadline.h"

#include <stdlib.h>

static void put(struct deadline_heap *heap, size_t place, struct deadline *item)
{
    heap->items[place] = item;
    item->place = place;
}

static void rise(struct deadline_heap *heap, struct deadline *item)
{
    size_t at = item->place;

    while (at > 1 && item->at_ns < heap->items[at / 2]->at_ns) {
        put(heap, at, heap->items[at / 2]);
        at /= 2;
    }
    put(heap, at, item);
}

static void sink(struct deadline_heap *heap, struct deadline *item)
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
        put(heap, at, heap->items[child]);
        at = child;
    }
    put(heap, at, item);
}

static int grow(struct deadline_heap *heap)
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
        if (heap->count == heap->capacity && grow(heap) < 0)
            return -1;
        put(heap, ++heap->count, item);
    }
    rise(heap, item);
    sink(heap, item);
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
    put(heap, place, last);
    rise(heap, last);
    sink(heap, last);
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
