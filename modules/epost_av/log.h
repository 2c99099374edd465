/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log: tells of transactions and of what happens to the scanner: one event to
 * each destination of the log, and to the monitor. Nothing here waits.
 *
 * The destinations are opened in c-icap's master and shared by its children.
 * Threads: log_transaction any; the others one at a time.
 */
#ifndef EPOST_AV_LOG_H
#define EPOST_AV_LOG_H

#include "common/err.h"

struct transaction;

/* Opens the destinations that the settings name, or, when they are open, the files anew; with
 * none, lines go to c-icap's server log. Returns 0; or -1 and err, and what was open stays. */
EPOST_MUST_CHECK int log_open_all(struct err *err);

void log_close_all(void);

/* Tells of a transaction at its end. */
void log_transaction(const struct transaction *t);

/* Looks at the scanner's board and tells what happened since the last look; c-icap's master
 * calls it once a second. */
void log_scanner(void);

#endif
