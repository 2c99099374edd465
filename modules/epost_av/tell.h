/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tell: what the administrator has to know goes to c-icap's server log, whatever its DebugLevel,
 * and to systemd's journal, where one is. c-icap has closed its standard error once it is a daemon.
 *
 * Threads: any. Nothing here waits.
 */
#ifndef EPOST_AV_TELL_H
#define EPOST_AV_TELL_H

/* A line; its control characters are replaced. */
void tell(const char *line);

/* The same, and to standard error: for the time when c-icap's own log is not open yet. */
void tell_operator(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
