/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * source: the first member of everything that the supervisor's epoll points at.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_SOURCE_H
#define EPOST_SCANNER_SOURCE_H

#include <sys/types.h>

enum source {
    SOURCE_LISTENER,
    SOURCE_SIGNALS,
    SOURCE_LIFELINE,
    SOURCE_CONNECTION,
    SOURCE_SLOT,
    SOURCE_GENERATION,
    SOURCE_SPARE,
    SOURCE_GUARDIAN,
    SOURCE_ENDING
};

/* The end of a process, whoever its parent is: see ending.h. */
struct ending {
    enum source source;
    int fd; /* pidfd, -1: not watched */
    pid_t pid;
};

#endif
