/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * heritage: what one instance of the module leaves to the next one in the same process.
 *
 * c-icap's `reconfigure` unloads the module and loads it again, perhaps a newer version.
 * Descriptors and processes stay; their numbers are kept in an environment variable.
 *
 * Owner: c-icap's master process; no other process and no thread may call.
 */
#ifndef EPOST_AV_HERITAGE_H
#define EPOST_AV_HERITAGE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define HERITAGE_PATH_MAX 512

struct heritage {
    pid_t pid;       /* the scanner's, 0 none */
    pid_t leaving;   /* of an older scanner that ends with the last of its children, 0 none */
    int lifeline[2]; /* pipe; the scanner has its read end too */
    int words;       /* read end of the scanner's standard error, -1 none */
    uint64_t text;   /* heritage_sum of the settings that the scanner has, as text */
    uint64_t socket; /* … of the configured Socket */
    uint64_t path;   /* … of the configured Scanner */
    /* where the scanner really serves; empty: at the configured places */
    char actual_socket[HERITAGE_PATH_MAX], actual_board[HERITAGE_PATH_MAX];
};

/* Enough to see that a text has changed; not a secret, not against anybody. */
uint64_t heritage_sum(const char *text);

/* True if an earlier instance has left something in this process, now in *heritage. */
bool heritage_read(struct heritage *heritage);

/* Leaves it for the next instance. */
void heritage_write(const struct heritage *heritage);

/* True if an earlier instance has run in this process. */
bool heritage_exists(void);

#endif
