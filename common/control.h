/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * control: c-icap's control pipe (its CommandsSocket), by which the service is
 * told to read signatures, exceptions and log files again.
 *
 * Threads: any; it waits.
 */
#ifndef EPOST_COMMON_CONTROL_H
#define EPOST_COMMON_CONTROL_H

#include "common/err.h"

/* Writes "epost_av:reload". Waits at most 5 s for a reader. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int control_reload(const char *path, struct err *err);

#endif
