/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * client: one exchange with the scanner, as the c-icap service, kasp and the
 * updater do it.
 *
 * client_start sends, client_wait receives; between them the caller is free.
 * Every failure ends as a reply too (verdict error with its reason), so that a
 * caller looks in one place.
 *
 * Threads: any; each struct client belongs to one thread at a time.
 */
#ifndef EPOST_COMMON_CLIENT_H
#define EPOST_COMMON_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/wire.h"

struct client {
    int fd;               /* connected socket, -1 when none */
    uint64_t deadline_ns; /* CLOCK_MONOTONIC */
};

#define CLIENT_INIT                                                                                \
    {                                                                                              \
        .fd = -1                                                                                   \
    }

/* A body and what is known of it. Nothing is owned: all must live until client_start returns. */
struct client_body {
    const void *inline_data; /* NULL when fd is used */
    int fd;                  /* regular file or memfd, -1 when inline; never closed here */
    uint64_t length;         /* bytes */
    const uint8_t *sha256;   /* 32 bytes or NULL */
    const char *name, *type, *encoding; /* C strings or NULL; one that does not fit the wire is
                                           REASON_PROTOCOL */
    const char *client;                 /* C string or NULL; cut to what the wire carries */
    uint32_t flags;                     /* WIRE_NO_CACHE, WIRE_UPLOAD, WIRE_ALL_THREATS */
};

/* Connects and sends. deadline_ms is the whole budget, waiting included.
 * Returns 0; or -1 with *reply an error (unavailable, busy, protocol) and err
 * saying what to do ("start c-icap", "no access to …: join group …"). */
EPOST_MUST_CHECK int client_start(struct client *client, const char *socket_path,
                                  const struct client_body *body, uint32_t deadline_ms,
                                  struct wire_reply *reply, struct err *err);

/* Waits up to wait_ms (-1: to the deadline, plus a second of grace for the
 * scanner's own answer) for the reply. Returns 1 when *reply is filled (the
 * connection is then closed), 0 when it is not there yet. err is set when the
 * verdict is an error of the transport. */
int client_wait(struct client *client, int wait_ms, struct wire_reply *reply, struct err *err);

/* Gives up: the scanner notices and kills or forgets the scan. Harmless when closed. */
void client_close(struct client *client);

/* 1 when a scanner takes connections on that socket, else 0: it is gone, or may not be reached. */
int client_reaches(const char *socket_path);

/* A control exchange: WIRE_RELOAD, WIRE_REOPEN, WIRE_PING, or WIRE_SETTINGS with text. Returns 0
 * when the scanner accepted (reply->verdict is then clean for a ready engine), or -1 and err. */
EPOST_MUST_CHECK int client_control(const char *socket_path, enum wire_kind kind,
                                    const char *settings, uint32_t deadline_ms,
                                    struct wire_reply *reply, struct err *err);

#endif
