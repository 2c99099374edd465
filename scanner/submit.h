/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * submit: a request for a scan becomes a job, joins one, or is answered at once.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_SUBMIT_H
#define EPOST_SCANNER_SUBMIT_H

#include "scanner/state.h"

/* A scan request came. What is queued is handed over at the end of the round. */
void submit_request(struct supervisor *supervisor, struct connection *connection,
                    const struct wire_view *view);

#endif
