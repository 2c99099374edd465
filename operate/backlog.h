/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * backlog: events in memory between the socket and the database: a ring of bytes
 * with a ceiling.
 *
 * The receiving thread puts, and never waits; the writing thread takes.
 * Threads: one that puts, one that takes, any that ask.
 */
#ifndef EPOST_OPERATE_BACKLOG_H
#define EPOST_OPERATE_BACKLOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"

struct backlog;

/* One of at most `ceiling` bytes. Returns it, or NULL without memory. */
struct backlog *backlog_new(size_t ceiling);
void backlog_free(struct backlog **backlog);

/* Puts a message. Returns 0, or -1 when there is no room. */
int backlog_put(struct backlog *backlog, const void *message, size_t length);

/* Moves what is there into `batch` (emptied first), each message behind its length (uint32_t),
 * at most `most` of them; waits up to wait_ms for the first. Returns how many. */
size_t backlog_take(struct backlog *backlog, struct buf *batch, size_t most, int wait_ms);

/* Nothing will be put any more: backlog_take no longer waits. */
void backlog_end(struct backlog *backlog);
bool backlog_is_ended(struct backlog *backlog);

/* Bytes that wait. */
size_t backlog_bytes(struct backlog *backlog);

#endif
