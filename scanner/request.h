/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * request: one scan request, received from a client's connection by a worker:
 * the message, the one descriptor that may come along, and the body in memory.
 *
 * Owner: the worker. Threads: one.
 */
#ifndef EPOST_SCANNER_REQUEST_H
#define EPOST_SCANNER_REQUEST_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "common/wire.h"

struct request {
    _Alignas(struct wire_request) char message[WIRE_MESSAGE_MAX + 1]; /* + 1: longer shows */
    struct wire_view view;
    const uint8_t *body; /* never NULL after request_receive */
    size_t length;
    void *map;  /* mapped body, NULL when inline */
    int stable; /* nobody can change the body any more */
    uint8_t sha256[WIRE_SHA256];
};

/* Receives a message that is already there, checks it, maps the body. Returns 0; or -1 with
 * the reason for the reply and err. No descriptor stays open either way; what is mapped is
 * given back with request_release, also after a failure. */
EPOST_MUST_CHECK int request_receive(struct request *request, int connection, enum reason *reason_r,
                                     struct err *err);

/* SHA-256 of the body. Returns 0; or -1 with reason and err when it is not what the request says.
 */
EPOST_MUST_CHECK int request_hash(struct request *request, enum reason *reason_r, struct err *err);

/* Harmless on one that holds nothing. */
void request_release(struct request *request);

#endif
