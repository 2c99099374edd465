/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * access: who may see what over HTTP.
 *
 * A name in Host that is not ours is refused, so that no page of somebody else's
 * reaches the monitor through a browser. A page that tells of persons takes the token,
 * as password of any user name or as Bearer token; the Unix socket's group takes
 * its place.
 *
 * Threads: constant after access_load.
 */
#ifndef EPOST_OPERATE_ACCESS_H
#define EPOST_OPERATE_ACCESS_H

#include <stdbool.h>

#include "common/err.h"

#define ACCESS_TOKEN_MIN 16
#define ACCESS_TOKEN_MAX 256
#define ACCESS_HOSTS     16

struct access {
    char token[ACCESS_TOKEN_MAX]; /* "" none */
    char port[8];
    unsigned count;
    char host[ACCESS_HOSTS][128];
};

/* Reads the token and the names. `listen` is ADDRESS:PORT or "". Returns 0, or -1 and err. */
EPOST_MUST_CHECK int access_load(struct access *access, const char *token_file, const char *listen,
                                 const char *hosts, struct err *err);

/* True if a Host field is one of our names, without a port or with ours; NULL is none. */
bool access_host(const struct access *access, const char *host);

/* True if an Authorization field holds the token; NULL is none. */
bool access_token(const struct access *access, const char *authorization);

#endif
