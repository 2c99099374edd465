/* SPDX-License-Identifier: GPL-2.0-or-later */
/* meminfo: how much memory there is, for another engine and for scans. Threads: any. */
#ifndef EPOST_COMMON_MEMINFO_H
#define EPOST_COMMON_MEMINFO_H

#include <stdint.h>

#define MEMINFO_FILE "/proc/meminfo"

/* Bytes that can be had without swapping: MemAvailable of that file; if it is MEMINFO_FILE, also
 * not more than what our control group (v1 or v2) and those above it may still take. UINT64_MAX
 * when nothing is known. */
uint64_t meminfo_available(const char *meminfo);

/* Bytes of memory of the machine, or of our control group if that has less. `tree` is put before
 * all paths ("" here, a copied tree in tests). UINT64_MAX when nothing is known. */
uint64_t meminfo_total(const char *tree);

#endif
