/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * links: one file under two names.
 *
 * Threads: any.
 */
#ifndef EPOST_UPDATER_LINKS_H
#define EPOST_UPDATER_LINKS_H

/* Makes `to` a hard link to `from`, or a synced copy where the file system has none. Returns 0,
 * or -1 with errno. */
int links_make(const char *from, const char *to);

#endif
