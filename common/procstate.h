/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * procstate: what the kernel says a process is doing.
 *
 * Threads: any.
 */
#ifndef EPOST_COMMON_PROCSTATE_H
#define EPOST_COMMON_PROCSTATE_H

#include <sys/types.h>

/* The letter of /proc/PID/stat: 'R' 'S' 'D' 'T' (stopped by a signal) 't' 'Z' 'X'. 0: there is no
 * such process. */
char procstate_of(pid_t pid);

#endif
