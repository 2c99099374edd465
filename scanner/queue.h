/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * queue: jobs that wait for a worker, small bodies before large ones.
 *
 * A large body queues as if it had come QUEUE_AGEING_NS later, so it is passed
 * by small ones that came shortly after it and by no others: it cannot starve.
 *
 * Owner: the supervisor; an item is a struct queue_item inside the job.
 * Threads: one.
 */
#ifndef EPOST_SCANNER_QUEUE_H
#define EPOST_SCANNER_QUEUE_H

#include <stddef.h>
#include <stdint.h>

#define QUEUE_LARGE     (256u * 1024u) /* bytes from which a body is large */
#define QUEUE_AGEING_NS 1000000000ull

struct queue_item {
    struct queue_item *next, *previous;
    uint64_t arrived_ns;
    uint8_t large, queued;
};

struct queue_list {
    struct queue_item *first, *last;
};

struct queue {
    struct queue_list lists[2]; /* small, large */
    size_t count;
};

/* Adds a job that came at arrived_ns; one that came earlier than others (because it
 * is tried again) goes before them. */
void queue_add(struct queue *queue, struct queue_item *item, uint64_t arrived_ns, uint64_t length);

/* Takes out whoever is next; only small ones when !large_too. NULL when there is none. */
struct queue_item *queue_take(struct queue *queue, int large_too);

/* Takes out that one; harmless when it is not in. */
void queue_remove(struct queue *queue, struct queue_item *item);

#endif
