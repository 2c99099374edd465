/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * queue: jobs that wait for a worker, small bodies before large ones.
 *
 * A large body queues as if it had come QUEUE_AGEING_NS later, so it is passed
 * by small ones that came shortly after it and by no others: it cannot starve.
 *
 * Clients take turns (start-time fair queueing): each job gets the number of a turn, one later than
 * the last of its client, and not earlier than the turn that is on. So a client that asks for much
 * waits for itself, one that asks for little hardly waits, and one that is alone has every turn.
 * Clients are told apart by a hash of who they are; two that share a place in the table share
 * turns.
 *
 * Owner: the supervisor; an item is a struct queue_item inside the job.
 * Threads: one.
 */
#ifndef EPOST_SCANNER_QUEUE_H
#define EPOST_SCANNER_QUEUE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#define QUEUE_LARGE     (256u * 1024u) /* bytes from which a body is large */
#define QUEUE_AGEING_NS 1000000000ull

#define QUEUE_CLIENTS 4096 /* places in the table of clients */

struct queue_item {
    TAILQ_ENTRY(queue_item) place;
    uint64_t arrived_ns;
    uint64_t client; /* hash of who asks; set before queue_add */
    uint64_t turn;   /* 0: not given yet */
    uint8_t large, queued;
};

TAILQ_HEAD(queue_list, queue_item);

struct queue {
    struct queue_list lists[2]; /* small, large; each by turn */
    size_t count;
    uint64_t turn;                 /* of the last one that was taken */
    uint64_t given[QUEUE_CLIENTS]; /* the last turn of each */
};

/* Nobody waits. All else of *queue has to be zero. */
void queue_init(struct queue *queue);

/* Who asks, as a number: the text, or that number where there is none. */
uint64_t queue_client(const char *text, size_t length, uint64_t number);

/* Adds a job that came at arrived_ns. One that is tried again keeps its turn, and so goes before
 * those that came later. */
void queue_add(struct queue *queue, struct queue_item *item, uint64_t arrived_ns, uint64_t length);

/* Takes out whoever is next; only small ones when !large_too. NULL when there is none. */
struct queue_item *queue_take(struct queue *queue, int large_too);

/* Takes out that one; harmless when it is not in. */
void queue_remove(struct queue *queue, struct queue_item *item);

#endif
