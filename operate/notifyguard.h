/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * notifyguard: the small process that starts the notifier, and anew when it dies.
 *
 * The monitor forks it before it opens its database, keys and sockets, and
 * before it confines itself. It ends with the monitor.
 *
 * Owner: monitord.c. Threads: one in the process.
 */
#ifndef EPOST_OPERATE_NOTIFYGUARD_H
#define EPOST_OPERATE_NOTIFYGUARD_H

#include "operate/notifyfeed.h"

/* Forks it; it takes over the helper's end of the feed, and the rules. `path` is the file of the
 * rules, for when they are read again. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int notifyguard_fork(struct notifyfeed *feed, struct notifyrules **rules,
                                      const char *path, const char *node, struct err *err);

#endif
