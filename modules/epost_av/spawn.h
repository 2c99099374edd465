/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spawn: one start of the scanner's program.
 *
 * Owner: c-icap's master process; no other process and no thread may call.
 */
#ifndef EPOST_AV_SPAWN_H
#define EPOST_AV_SPAWN_H

#include <sys/types.h>

#include "common/err.h"

/* Starts the program at path with these settings (text), a PID file ("" for none), the read end of
 * a pipe whose end means that c-icap is gone, and `said` as its standard error. All descriptors
 * stay the caller's. Returns its process number once the program runs; or -1 and err. */
EPOST_MUST_CHECK pid_t spawn_scanner(const char *path, const char *text, const char *pid_file,
                                     int lifeline, int said, struct err *err);

#endif
