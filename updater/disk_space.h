/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * room: is there space on the disk for what comes?
 *
 * Threads: one.
 */
#ifndef EPOST_UPDATER_DISK_SPACE_H
#define EPOST_UPDATER_DISK_SPACE_H

#include "updater/run.h"

/* Whether `need` bytes fit beside DiskReserve. Returns 0, or -1 and fault (RESULT_DISK). */
int disk_space_check(const struct run *run, uint64_t need, struct fault *fault);

#endif
