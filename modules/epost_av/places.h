/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * places: the directories that the service and its scanner write into.
 *
 * While c-icap is still root, the default ones are made if they are not there:
 * /run is empty after each boot, and nobody else may make directories in it.
 * Later, as the user that c-icap has become, the service tells which
 * configured ones cannot be written to, instead of never getting ready.
 *
 * Owner: c-icap's master process, while it starts or reconfigures.
 */
#ifndef EPOST_AV_PLACES_H
#define EPOST_AV_PLACES_H

#include "common/err.h"
#include "modules/epost_av/settings.h"

/* Makes the default directories that are missing, for the named user and group (NULL: the
 * user's own). Does nothing and returns 0 unless this process is root and user is known: not
 * NULL. Returns 0; or -1 and err, which names the directory. */
EPOST_MUST_CHECK int places_make(const char *user, const char *group, struct err *err);

/* Checks that this process may make files where Socket, Board, ScannerLog, Log and
 * ScannerPid shall be, and bodies in Spool. Returns 0; or -1 and err, which names
 * directive, directory, and a command that helps. */
EPOST_MUST_CHECK int places_check(const struct settings *settings, struct err *err);

#endif
