/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keepwire: how the service asks the monitor to keep a copy in quarantine.
 *
 * One AF_UNIX SOCK_SEQPACKET connection is one exchange: the client sends
 * struct keepwire_request and behind it the event (eventwire.h), with the body
 * as one passed descriptor of a regular file; it receives struct keepwire_reply.
 * Both ends are the same machine: host order.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_COMMON_KEEPWIRE_H
#define EPOST_COMMON_KEEPWIRE_H

#include <stdint.h>

#include "common/event.h"

#define KEEPWIRE_MAGIC   0x514b5045u /* "EPKQ" */
#define KEEPWIRE_VERSION 1
#define KEEPWIRE_TEXT    192 /* bytes with NUL */

struct keepwire_request {
    uint32_t magic;   /* KEEPWIRE_MAGIC */
    uint16_t version; /* KEEPWIRE_VERSION */
    uint16_t reserved;
    uint64_t length; /* bytes of body in the descriptor, from its start */
};

_Static_assert(sizeof(struct keepwire_request) == 16, "no padding in a request");

struct keepwire_reply {
    uint32_t magic;
    uint16_t version;
    uint16_t is_kept;         /* 1, or 0 */
    char text[KEEPWIRE_TEXT]; /* the copy's number, or why it was not kept */
};

_Static_assert(sizeof(struct keepwire_reply) == 8 + KEEPWIRE_TEXT, "no padding in a reply");

/* Asks to keep. Waits at most timeout_ms in all. Returns 0 with the number in text[size], or -1
 * with the reason there. */
int keepwire_ask(const char *socket_path, const struct event *event, int fd, uint64_t length,
                 uint32_t timeout_ms, char *text, size_t size);

#endif
