/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deadline: a heap of moments, the earliest on top.
 *
 * An item is a struct deadline inside the object that waits. Owner: the
 * supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_DEADLINE_H
#define EPOST_SCANNER_DEADLINE_H

#include <stddef.h>
#include <stdint.h>

struct deadline {
    uint64_t at_ns; /* CLOCK_MONOTONIC; change it with deadline_set only */
    size_t place;   /* in the heap, from 1; 0: not in it */
};

struct deadline_heap {
    struct deadline **items; /* from 1 */
    size_t count, capacity;
};

/* Puts the item in, or moves it. Returns 0, or -1 when memory is out (then it is not in). */
int deadline_set(struct deadline_heap *heap, struct deadline *item, uint64_t at_ns);

/* Takes the item out; harmless when it is not in. */
void deadline_clear(struct deadline_heap *heap, struct deadline *item);

/* The earliest item, NULL when there is none. */
struct deadline *deadline_first(const struct deadline_heap *heap);

/* Frees the heap, not the items. */
void deadline_free(struct deadline_heap *heap);

#endif
