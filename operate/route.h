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
#include "operate/request.h"

#define ROUTE_BODY_MAX (8u << 20) /* bytes of an answer */

struct route_answer {
    unsigned status; /* of HTTP */
    const char *type;
    bool may_be_kept; /* by a browser's cache */
    struct buf body;
};

/* Fills the answer, whatever comes. Free its body. */
void route_answer(struct monitor *monitor, const struct access *access, struct request *request,
                  struct route_answer *answer);

#endif
