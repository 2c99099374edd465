/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * supervisor: the process that owns the socket and the board, brings requests
 * and workers together, and sees to it that an engine is there. It loads and
 * parses nothing itself and never blocks.
 *
 * Owner: the process's main. Threads: one.
 */
#ifndef EPOST_SCANNER_SUPERVISOR_H
#define EPOST_SCANNER_SUPERVISOR_H

#include "scanner/state.h"

/* Takes lock and socket. The settings become the supervisor's. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int supervisor_open(struct supervisor *supervisor,
                                     struct scanner_settings *settings,
                                     const struct supervisor_options *options, struct err *err);

/* Serves until SIGTERM or the end of the lifeline. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int supervisor_run(struct supervisor *supervisor, struct err *err);

/* Ends everything that was started and takes away what was made. */
void supervisor_close(struct supervisor *supervisor);

#endif
