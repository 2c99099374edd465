/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * request: an HTTP request to the monitor, with the arguments of its query.
 *
 * Threads: any; each request belongs to one.
 */
#ifndef EPOST_OPERATE_REQUEST_H
#define EPOST_OPERATE_REQUEST_H

#include <stdbool.h>

#define REQUEST_ARGUMENTS 32
#define REQUEST_NAME_MAX  24
#define REQUEST_VALUE_MAX 512

struct request_argument {
    char name[REQUEST_NAME_MAX], value[REQUEST_VALUE_MAX];
};

/* Untrusted; NULL is a field that is not there. */
struct request {
    const char *method, *path, *host, *authorization, *accept, *accept_language;
    bool is_local; /* over the Unix socket */
    unsigned arguments;
    struct request_argument argument[REQUEST_ARGUMENTS];
    const char *language; /* route_answer sets it: "en" or "ja" */
};

/* Adds an argument of the query, decoded. Returns 0, or -1 when it is too long or one too many. */
int request_add(struct request *request, const char *name, const char *value);

/* The value of an argument, "" when it is not there. */
const char *request_value(const struct request *request, const char *name);

#endif
