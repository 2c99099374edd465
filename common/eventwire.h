/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * eventwire: an event as bytes, on the event socket and in the store.
 *
 *     struct eventwire_head | field (2 bytes) | length (2 bytes) | value | field …
 *
 * Numbers are 8 bytes, texts are as long as they are, all in host order: both
 * ends are the same machine. A reader passes over fields that it does not know,
 * so that a newer sender can talk to an older monitor.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_COMMON_EVENTWIRE_H
#define EPOST_COMMON_EVENTWIRE_H

#include "common/buf.h"
#include "common/err.h"
#include "common/event.h"

#define EVENTWIRE_MAGIC   0x56455045u /* "EPEV" */
#define EVENTWIRE_VERSION 1
#define EVENTWIRE_MAX     16384u /* bytes of one event */

struct eventwire_head {
    uint32_t magic;   /* EVENTWIRE_MAGIC */
    uint16_t version; /* EVENTWIRE_VERSION */
    uint16_t reserved;
    uint32_t length; /* of the whole message, this head included */
    uint32_t lost;   /* events that the sender could not deliver since the last one it could */
};

_Static_assert(sizeof(struct eventwire_head) == 16, "no padding in a head");

/* Appends the event. Returns 0; or -1 when it does not fit, and nothing was added. */
int eventwire_encode(struct buf *out, const struct event *event, uint32_t lost);

/* Takes a message apart; the event's texts point into it. *lost_r may be NULL. Returns 0; or
 * -1 and err for whatever is not an event with a time and a kind. */
EPOST_MUST_CHECK int eventwire_decode(const void *message, size_t length, struct event *event,
                                      uint32_t *lost_r, struct err *err);

#endif
