/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control: requests that are no scans: reload, reopen, settings, ping.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_CONTROL_H
#define EPOST_SCANNER_CONTROL_H

#include "scanner/supervisor.h"

/* Reload, settings, ping: answered at once. */
void control_request(struct supervisor *supervisor, struct connection *connection,
                     const struct wire_view *view);

/* 1 if the other end of the connection is this user or root, else 0. */
int control_is_trusted(int fd);

/* Of the directory that is to be loaded (bases_stamp), 0 unknown. */
uint64_t control_stamp(const char *bases);

/* Reads "Name=value" lines into settings that hold defaults or more. Returns 0, or -1 and err. */
int control_parse(struct scanner_settings *settings, char *text, struct err *err);

#endif
