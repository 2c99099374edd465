/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * journal: what is written down of a run: a line for each source in
 * log/autoupdate.log, and the last result for --status.
 *
 * Threads: one.
 */
#ifndef EPOST_UPDATER_JOURNAL_H
#define EPOST_UPDATER_JOURNAL_H

#include "updater/run.h"

struct journal_last { /* of the last run */
    int64_t at;       /* Unix seconds, 0: never ran */
    enum result result;
    char message[512];
};

/* Appends the line of one source: updater and version, source, mirror, old and new version, bytes,
 * seconds, result. A log that cannot be written is a warning, never a failure. */
void journal_source(const struct run *run, const struct source *source, const struct offer *offer);

/* Appends a line of the run itself ("generation=7 result=unconfirmed …"). */
void journal_run(const struct run *run, enum result result, const char *message);

/* Keeps the run's result for --status. Returns 0, or -1 and fault. */
int journal_keep(const struct run *run, enum result result, const char *message,
                 struct fault *fault);

/* Reads it. Returns 0, or -1 and fault. */
int journal_read(const struct store *store, struct journal_last *last, struct fault *fault);

#endif
