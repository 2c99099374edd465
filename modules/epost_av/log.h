/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * log: one key=value line a transaction. Untrusted text is escaped.
 *
 * The file is opened in c-icap's master and shared by its children; a line is
 * one write. Threads: log_transaction any; the others one at a time.
 */
#ifndef EPOST_AV_LOG_H
#define EPOST_AV_LOG_H

#include "common/err.h"

struct transaction;

/* Opens (or opens anew) the file the settings name; with none, lines go to c-icap's
 * server log. Returns 0; or -1 and err, and what was open stays. */
int log_open_file(struct err *err);

void log_close_file(void);

/* Writes the transaction's line. */
void log_transaction(const struct transaction *t);

#endif
