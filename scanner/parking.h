/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * parking: the guardian holds a copy of the supervisor's end of each channel, so that another
 * supervisor can go on with the same workers. This is the way that a copy takes.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_PARKING_H
#define EPOST_SCANNER_PARKING_H

#include "scanner/state.h"

/* Places for descriptors in the guardian. */
#define PARKING_SLOT(i)       ((uint32_t)(i))
#define PARKING_GENERATION(i) ((uint32_t)(BOARD_WORKERS + (i)))
#define PARKING_SPARE(i)      ((uint32_t)(BOARD_WORKERS + SUPERVISOR_GENERATIONS + (i)))
#define PARKING_LISTENER      ((uint32_t)(BOARD_WORKERS + 2 * SUPERVISOR_GENERATIONS))
#define PARKING_PLACES        (PARKING_LISTENER + 1)

/* Gives the guardian a copy of a descriptor, in the place of an earlier one; -1: none any more. */
void parking_give(struct supervisor *supervisor, uint32_t place, int fd);

#endif
