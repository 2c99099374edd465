/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner: a run that root started goes on as the user who owns what it changes,
 * so that no file of root's is left where the service's user has to write.
 *
 * Threads: one, before anything else is started.
 */
#ifndef EPOST_UPDATER_OWNER_H
#define EPOST_UPDATER_OWNER_H

#include "common/err.h"

/* Becomes `user`; with "" the owner of the directory that `bases` lies in. Nothing is done when the
 * process is not root, or when that owner is root. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int owner_become(const char *user, const char *bases, struct err *err);

#endif
