/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * maps: where libclamav keeps the content of a temporary file while it scans it.
 *
 * A page or a text that it rewrote, and many a member, it writes to a file and reads back into
 * memory that it maps and unmaps for that one layer. To unmap memory makes the kernel interrupt
 * every CPU that may still know the pages, and new ones must be cleared: for a small layer this
 * costs more than to search it. libclamav can also take such memory from the heap, where a worker
 * uses it again: it is asked to for what is at most MAPS_HEAP_MAX. Of a larger layer it
 * can give back pages that it has read, so that one is mapped as before.
 *
 * The function is part of libclamav's public interface, and what is read is the same.
 *
 * Threads: one.
 */
#ifndef EPOST_ENGINE_MAPS_H
#define EPOST_ENGINE_MAPS_H

#include <stdint.h>

#define MAPS_HEAP_MAX (UINT64_C(4) << 20) /* bytes of a layer */

struct maps_counts {
    uint64_t heap, mapped; /* layers whose memory is of either kind, since the process began */
};

/* Finds libclamav's function. Before the first scan; a program that calls it has the one in front.
 */
void maps_prepare(void);

struct maps_counts maps_counts(void);

#endif
