/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * oldplace: configuration files that version 1.0 had in another directory.
 *
 * Version 1.0 kept its files in SYSCONFDIR itself (/etc/sources.xml), later ones
 * keep them in CONFDIR (/etc/epost-av). A file that was not moved is still read.
 *
 * Owner: none, no state. Threads: any.
 */
#ifndef EPOST_COMMON_OLDPLACE_H
#define EPOST_COMMON_OLDPLACE_H

#include "common/err.h"

/* The place where version 1.0 had the file that is CONFDIR/NAME now: when `path` is
 * CONFDIR/NAME, nothing is there, and SYSCONFDIR/NAME is there. warning then holds words
 * for the operator. Else NULL, and warning is untouched. The result is static, valid
 * until the next call. */
EPOST_MUST_CHECK const char *oldplace_find(const char *path, struct err *warning);

#endif
