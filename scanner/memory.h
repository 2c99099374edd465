/* SPDX-License-Identifier: GPL-2.0-or-later */
/* memory: how much there is, for another engine and for scans. Threads: any. */
#ifndef EPOST_SCANNER_MEMORY_H
#define EPOST_SCANNER_MEMORY_H

#include <stdint.h>

#define MEMORY_INFO "/proc/meminfo"

/* Bytes that can be had without swapping: MemAvailable of that file; if it is MEMORY_INFO, also
 * not more than what our control group (v1 or v2) and those above it may still take. UINT64_MAX
 * when nothing is known. */
uint64_t memory_available(const char *meminfo);

/* Bytes of memory of the machine, or of our control group if that has less. `tree` is put before
 * all paths ("" here, a copied tree in tests). UINT64_MAX when nothing is known. */
uint64_t memory_total(const char *tree);

#endif
