/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control: requests that are no scans: reload, reopen, settings, ping.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_CONTROL_H
#define EPOST_SCANNER_CONTROL_H

#include "scanner/state.h"

/* Reload, settings, ping: answered at once. */
void control_request(struct supervisor *supervisor, struct connection *connection,
                     const struct wire_view *view);

#endif
