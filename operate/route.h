/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * route: which request gets which answer: method, name, access, then the page.
 *
 * Knows nothing of sockets, so that tests and fuzzers can ask it directly.
 * Threads: any; each request and answer belongs to one.
 */
#ifndef EPOST_OPERATE_ROUTE_H
#define EPOST_OPERATE_ROUTE_H

#include <stdbool.h>

#include "common/buf.h"
#include "operate/access.h"
#include "operate/monitor.h"

#define ROUTE_ARGUMENTS 32
#define ROUTE_NAME_MAX  24
#define ROUTE_VALUE_MAX 512
#define ROUTE_BODY_MAX  (8u << 20) /* bytes of an answer */

struct route_argument {
    char name[ROUTE_NAME_MAX], value[ROUTE_VALUE_MAX];
};

/* Untrusted; NULL is a field that is not there. */
struct route_request {
    const char *method, *path, *host, *authorization, *accept, *accept_language;
    bool is_local; /* over the Unix socket */
    unsigned arguments;
    struct route_argument argument[ROUTE_ARGUMENTS];
    const char *language; /* route_answer sets it: "en" or "ja" */
};

struct route_answer {
    unsigned status; /* of HTTP */
    const char *type;
    bool may_be_kept; /* by a browser's cache */
    struct buf body;
};

/* Adds an argument of the query, decoded. Returns 0, or -1 when it is too long or one too many. */
int route_add(struct route_request *request, const char *name, const char *value);

/* The value of an argument, "" when it is not there. */
const char *route_value(const struct route_request *request, const char *name);

/* Fills the answer, whatever comes. Free its body. */
void route_answer(struct monitor *monitor, const struct access *access,
                  struct route_request *request, struct route_answer *answer);

#endif
