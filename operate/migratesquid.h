/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * migratesquid: squidclamav's regular expressions as lines of our exceptions.
 *
 * squidclamav searches each expression anywhere in a URL, a header, a name or an
 * address. An equivalent is never wider: hosts, addresses and names are compared
 * whole here.
 *
 * Threads: one.
 */
#ifndef EPOST_OPERATE_MIGRATESQUID_H
#define EPOST_OPERATE_MIGRATESQUID_H

#include "operate/migration.h"

/* whitelist: a host where it is one, else URLs; or the path of a file with one expression a
 * line, which is read too. */
void migratesquid_whitelist(struct migration *m, const char *regex);

/* abort and reject_url: URLs. `rule` is "skip url" or "block url". */
void migratesquid_url(struct migration *m, const char *rule, const char *regex);

/* ban_archive_entry: names. */
void migratesquid_name(struct migration *m, const char *regex);

/* abortcontent: types that our service knows by the content's first bytes. */
void migratesquid_type(struct migration *m, const char *regex);

/* trustclient: addresses and networks. */
void migratesquid_client(struct migration *m, const char *regex);

/* trustuser: one user. */
void migratesquid_user(struct migration *m, const char *regex);

#endif
