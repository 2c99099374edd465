/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * dispatch: gives jobs that wait to workers that are idle.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_DISPATCH_H
#define EPOST_SCANNER_DISPATCH_H

#include "scanner/state.h"

/* As many as have room. Called once a round, at its end. */
void dispatch_run(struct supervisor *supervisor);

#endif
