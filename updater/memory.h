/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * memory: how much of it can be had now, by the machine and by the control
 * group this process is in.
 *
 * Threads: any.
 */
#ifndef EPOST_UPDATER_MEMORY_H
#define EPOST_UPDATER_MEMORY_H

#include <stdint.h>

/* Bytes; UINT64_MAX when the system does not say. */
uint64_t memory_available(void);

#endif
