/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * respond: what the client gets: 204, the original, the block page, or a
 * failure; with the verdict headers every client understands.
 *
 * Threads: the transaction's.
 */
#ifndef EPOST_AV_RESPOND_H
#define EPOST_AV_RESPOND_H

#include <stdbool.h>

struct transaction;

/* 1 if 204 is an answer the client understands now: it allowed it, or it is
 * still inside the preview. */
int respond_may_204(const struct transaction *t, int inside);

/* Before c-icap sends 204 or 500 by itself: adds the headers that go with it. */
void respond_mark_204(struct transaction *t);
void respond_mark_fail(struct transaction *t);

/* The original goes back from now on, while more of it comes. */
void respond_echo_now(struct transaction *t);

/* All data is there: scans if that is still to do, and prepares the answer.
 * Returns what c-icap's end-of-data handler returns. */
int respond_end_of_data(struct transaction *t);

/* Gives c-icap the next bytes of the answer's body. Returns how many, 0 when
 * there are none now, CI_EOF at the end, CI_ERROR to break the connection.
 * `complete`: all of the request is there, and c-icap asks for nothing else. */
int respond_give(struct transaction *t, char *data, int size, int complete);

/* A body still comes in: lets some bytes go out if TrickleAfter says so, and waits for that time
 * while the client sends nothing. Returns whether this has begun now. */
bool respond_trickle(struct transaction *t);

#endif
