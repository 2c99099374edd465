/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clamtime: ends a scan of libclamav's when its CPU time is used up.
 *
 * libclamav ends a scan at a time on the clock only. On a busy machine, where a scan may be stopped
 * for seconds, that says nothing of what it costs. It reads the clock by gettimeofday; this file
 * has that function for the whole program, and once the CPU time is used up the clock that
 * libclamav sees is far ahead, until the scan's end. Where the linker does not find this
 * function, scans end by the clock alone.
 *
 * Owner: clamscan.c, for one scan. Threads: one that scans; others may read the clock.
 */
#ifndef EPOST_ENGINE_CLAMTIME_H
#define EPOST_ENGINE_CLAMTIME_H

#include <stdbool.h>
#include <stdint.h>

/* A scan begins that may go on until this thread has used so much CPU time (0: no limit). */
void clamtime_begin(uint64_t cpu_until_ns);

/* It is over. Returns true if libclamav was told that its time is up. */
bool clamtime_end(void);

#endif
