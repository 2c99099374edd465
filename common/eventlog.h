/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * eventlog: writes events to where the operator wants them: files, syslog, the
 * journal, several at once.
 *
 * A destination is a word:
 *     /PATH                      a file, one line an event, appended in one write
 *     syslog:FACILITY[:SOCKET]   the system's log daemon [/dev/log]
 *     journal[:SOCKET]           systemd's journal [/run/systemd/journal/socket], which gets the
 *                                fields as EPOST_NAME too
 *
 * Nothing waits: a destination that does not take the line at once (a full disk,
 * a log daemon that is not there) loses it, and that is counted.
 *
 * Owner: opened once in a process and inherited by its children.
 * Threads: eventlog_write any; the others one at a time.
 */
#ifndef EPOST_COMMON_EVENTLOG_H
#define EPOST_COMMON_EVENTLOG_H

#include <stdint.h>

#include "common/err.h"
#include "common/event.h"
#include "common/eventtext.h"

#define EVENTLOG_DESTINATIONS 8
#define EVENTLOG_WORDS_MAX    2000 /* bytes of all destinations as they are written */

struct eventlog;

/* Opens the destinations, words with blanks between them; "" is none. `ident` names the program
 * for syslog and the journal. A log daemon that is not there yet is no failure. Returns the log,
 * or NULL and err. */
EPOST_MUST_CHECK struct eventlog *eventlog_open(const char *destinations,
                                                enum eventtext_format format, const char *ident,
                                                struct err *err);

/* Opens the files anew (they were rotated). Returns 0; or -1 and err, and those that could not
 * be opened stay as they were. */
EPOST_MUST_CHECK int eventlog_reopen(struct eventlog *log, struct err *err);

/* Closes, frees and nulls; NULL is fine. */
void eventlog_close(struct eventlog **log);

/* How many destinations there are. */
unsigned eventlog_count(const struct eventlog *log);

/* Writes the event to all of them. Returns how many did not take it. */
unsigned eventlog_write(struct eventlog *log, const struct event *event);

/* Lines that a destination did not take, in this process. */
uint64_t eventlog_lost(const struct eventlog *log);

#endif
