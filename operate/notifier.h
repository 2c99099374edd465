/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * notifier: the process that tells somebody: it runs programs, posts webhooks and
 * sends mails, as the rules say.
 *
 * Owner: notifyguard.c forks it. Threads: the process has one, and those of
 * libcurl.
 */
#ifndef EPOST_OPERATE_NOTIFIER_H
#define EPOST_OPERATE_NOTIFIER_H

#include "operate/notifyfeed.h"

#define NOTIFIER_END_MS  5000 /* for what is not told yet when the monitor ends */
#define NOTIFIER_RUNNING 8    /* programs at a time */

/* Parameters at its start. */
struct notifier_start {
    const char *path, *node; /* file of the rules; the name of the machine */
    int fd;                  /* the notifier's end of the feed */
    struct notifyfeed_shared *shared;
};

/* Is the process: confines it, and serves until the monitor has ended. It owns the rules. With
 * `is_again` it reads them anew first. Returns the exit status. */
int notifier_run(const struct notifier_start *start, struct notifyrules *rules, bool is_again);

/* A line for the log. */
void notifier_say(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
