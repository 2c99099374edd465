/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * seccomp: the filter of system calls that a worker takes on.
 *
 * Owner: the generation process builds it, its workers enter it. Threads: one.
 */
#ifndef EPOST_SCANNER_SECCOMP_H
#define EPOST_SCANNER_SECCOMP_H

#include <linux/filter.h>

#include "common/err.h"

/* Builds the filter. Returns 0; or -1 and err when libseccomp or the kernel cannot. */
EPOST_MUST_CHECK int seccomp_build(struct sock_fprog *filter_r, struct err *err);

/* Takes the filter on, for good. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int seccomp_enter(const struct sock_fprog *filter, struct err *err);

/* Whether a process may take the filter, tried in one that ends at once. Returns 0, or -1 and err.
 */
EPOST_MUST_CHECK int seccomp_try(const struct sock_fprog *filter, struct err *err);

#endif
