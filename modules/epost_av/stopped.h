/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * stopped: children of c-icap that a signal has stopped. One that holds the lock on accepting keeps
 * connections from all others, so it is continued.
 *
 * Owner: c-icap's master. Threads: its first one, which forks the children.
 */
#ifndef EPOST_AV_STOPPED_H
#define EPOST_AV_STOPPED_H

#include "common/err.h"

/* Continues stopped children of this process. Returns 1 and words for the operator in err when
 * there were any, else 0. */
EPOST_MUST_CHECK int stopped_continue(struct err *err);

#endif
