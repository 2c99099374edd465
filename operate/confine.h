/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * confine: what the monitor gives up before it reads anything from others: new
 * privileges, every system call that it does not need, and the file system but
 * for the directories it works in.
 *
 * Threads: called once, before others are started, which inherit it.
 */
#ifndef EPOST_OPERATE_CONFINE_H
#define EPOST_OPERATE_CONFINE_H

#include "common/err.h"

/* Confines the process. `writable` and `readable` are directories, up to a NULL; one that is not
 * there is passed over. Writes what was done into summary[size] ("no-new-privileges landlock
 * seccomp"). Returns 0; or -1 and err when the kernel refused what it offers. */
EPOST_MUST_CHECK int confine_enter(const char *const *writable, const char *const *readable,
                                   char *summary, unsigned long size, struct err *err);

/* Gives up, for the notifier and the programs that it starts: new privileges, and the
 * system calls by which a process changes the system or looks into others. It may start programs
 * and connect. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int confine_helper(struct err *err);

#endif
