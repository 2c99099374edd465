/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * intake: the bytes of the body as they come from the client.
 *
 * Threads: the transaction's.
 */
#ifndef EPOST_AV_INTAKE_H
#define EPOST_AV_INTAKE_H

#include <stddef.h>

struct transaction;

/* Takes bytes. Returns how many (fewer only when they pass through and the
 * client has to read first), or -1 when the connection must be broken. */
int intake_take(struct transaction *t, const void *data, size_t length);

/* Takes the preview's bytes, all of them; what is to become of them is not done yet. */
void intake_preview(struct transaction *t, const void *data, size_t length);

/* The decision is known while bytes still come: they pass through, or are thrown away. */
void intake_follow_decision(struct transaction *t);

/* A stream of events has begun; its first bytes, if any, are in the body. They pass through. */
void intake_follow_stream(struct transaction *t);

#endif
