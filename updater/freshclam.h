/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * freshclam: the one user of libfreshclam, to be called in a child process
 * only: it changes the working directory, keeps globals, sleeps, and cannot be
 * stopped but by a signal.
 *
 * Threads: one, in a process that ends soon after.
 */
#ifndef EPOST_UPDATER_FRESHCLAM_H
#define EPOST_UPDATER_FRESHCLAM_H

#include "updater/result.h"
#include "updater/settings.h"
#include "updater/sources.h"

struct freshclam_work {
    const struct settings *settings;
    const struct source *source;
    const char *directory; /* of the databases; freshclam.dat lies there too */
    const char *temporary;
};

struct freshclam_report {
    int started;                                /* libfreshclam could be initialised */
    int codes[SOURCES_DATABASES_MAX];           /* fc_error_t of each database */
    enum result results[SOURCES_DATABASES_MAX]; /* what that means, CURRENT for success */
    char words[SOURCES_DATABASES_MAX][64];      /* in libfreshclam's words */
};

/* Updates the source's databases in the directory, each from the servers in order until one gives
 * it. The signature fits child_run. */
void freshclam_update(void *work, void *report);

/* The words of libcurl when a transfer failed, out of the child's log; "" when it says nothing. */
void freshclam_reason(const char *log, char *why, size_t size);

#endif
