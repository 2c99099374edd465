/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memory: how much there is for another engine. Threads: any. */
#ifndef EPOST_SCANNER_MEMORY_H
#define EPOST_SCANNER_MEMORY_H

#include <stdint.h>

#define MEMORY_INFO "/proc/meminfo"

/* Bytes that can be had without swapping: MemAvailable of that file; if it is MEMORY_INFO, also
 * not more than what our control group (v2) and those above it may still take. UINT64_MAX when
 * nothing is known. */
uint64_t memory_available(const char *meminfo);

#endif
