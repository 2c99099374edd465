/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * answers: what each path of the monitor gives. Each fills answer->body, and
 * status and type if they are not 200 and HTML.
 *
 * Threads: any; each request and answer belongs to one.
 */
#ifndef EPOST_OPERATE_ANSWERS_H
#define EPOST_OPERATE_ANSWERS_H

#include "operate/find.h"
#include "operate/route.h"

typedef void answers_function(struct monitor *monitor, const struct request *request,
                              struct route_answer *answer);

answers_function statuspage_answer; /* / */
answers_function eventspage_list;   /* /events */
answers_function eventspage_one;    /* /event */
answers_function api_status;        /* /api/v1/status */
answers_function api_events;        /* /api/v1/events */
answers_function api_event;         /* /api/v1/event */
answers_function health_metrics;    /* /metrics */
answers_function health_healthz;    /* /healthz */
answers_function health_readyz;     /* /readyz */

/* Reads the search out of the arguments: the columns of schema.h by name, from and until
 * (YYYY-MM-DD, local), days, kind, verdict, reason, action, before, limit, n. Returns 0, or -1 when
 * one of them is not understood. */
int searchquery_read(const struct request *request, struct find_query *query);

#endif
