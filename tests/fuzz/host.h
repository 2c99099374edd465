/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * host: stands in for c-icap and for the scanner, so that the service's
 * callbacks can be driven without either: in the order in which c-icap calls
 * them, with any input, broken off at any point.
 *
 * c-icap's library does the headers; this file does what its request loop does.
 * Threads: one.
 */
#ifndef EPOST_FUZZ_HOST_H
#define EPOST_FUZZ_HOST_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/verdict.h"

struct host_input {
    int respmod;
    int preview; /* -1: none, else bytes */
    int allow204;
    const char *args;     /* service arguments */
    const char *icap;     /* ICAP header lines, "\n" between */
    const char *request;  /* HTTP request header block, NULL none; ends with an empty line */
    const char *response; /* the same for the response */
    const uint8_t *body;  /* NULL: null-body */
    size_t length;
    unsigned chunk;     /* bytes c-icap hands over at once */
    unsigned space;     /* bytes c-icap takes at once */
    enum reason reason; /* what the scanner says */
    const char *threat;
    unsigned waits; /* times the scanner is asked before it answers */
    unsigned away;  /* times it cannot be reached before */
    unsigned leave; /* the client goes after so many callbacks, 0 stays */
};

enum host_outcome {
    HOST_REFUSED, /* c-icap itself would not take it */
    HOST_LEFT,
    HOST_204,
    HOST_ANSWER, /* 200 with headers, and body if there is one */
    HOST_FAILED, /* 500 or 503 */
    HOST_BROKEN  /* the connection was broken without an end */
};

struct host_result {
    enum host_outcome outcome;
    int blocked;        /* the answer is a block page */
    struct buf body;    /* of the answer */
    struct buf headers; /* of ICAP, the service's own, each ended by an empty line */
    struct buf http;    /* of the message that goes back, the same way */
    int scanned;        /* the scanner got the body, whole */
    /* What the service counted: actions taken, and bodies passed without being clean. */
    unsigned passes, blocks, fails, unscanned;
};

/* Starts the service once: its settings "Name value" lines. Aborts if it refuses. */
void host_start(const char *settings);

/* One transaction. Free the result with host_free. */
void host_run(const struct host_input *input, struct host_result *result);

void host_free(struct host_result *result);

/* Ends the service. */
void host_stop(void);

#endif
