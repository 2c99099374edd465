/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * landlock: the kernel's rules about files, for a worker.
 *
 * Owner: the worker. Threads: one.
 */
#ifndef EPOST_SCANNER_LANDLOCK_H
#define EPOST_SCANNER_LANDLOCK_H

#include "common/err.h"

/* The kernel's ABI, 0 for none. */
int landlock_abi(void);

/* For good: this process may write below one directory and read below another ("" for none).
 * Returns 0, or -1 and err. */
EPOST_MUST_CHECK int landlock_enter(int abi, const char *writable, const char *readable,
                                    struct err *err);

#endif
