/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * turns: a worker's threads, of which one works at a time, until its priority was lowered.
 *
 * No thread can raise its priority again without a privilege. But a new thread has the priority of
 * the one that made it, and the first thread of the worker only makes the others and waits. So a
 * worker serves again after a scan that took long, with its memory and its warm caches.
 *
 * Owner: the worker. Threads: turns_run in the first one.
 */
#ifndef EPOST_SCANNER_TURNS_H
#define EPOST_SCANNER_TURNS_H

#include <stdbool.h>
#include <stddef.h>

#include "common/err.h"

#define TURNS_STACK (8u << 20) /* bytes: the system's default for a first thread */

/* The stack of all of them, one after the other. */
struct turns_stack {
    void *at;
};

/* Makes the stack; before the limit of memory is set. 0 or -1. */
int turns_prepare(struct turns_stack *stack, struct err *err);

/* Runs `turn` in a new thread, again and again as long as it returns true. Returns when it has
 * returned false, or when no thread can be made. Signals reach the thread of the turn only. */
void turns_run(const struct turns_stack *stack, bool (*turn)(void));

#endif
