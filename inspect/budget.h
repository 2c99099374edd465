/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * budget: what one body may cost, over all layers and all unpackers together.
 *
 * Every unpacker takes from it before it goes on, and libclamav gets what is
 * left of it for each of its scans. The first ceiling that is hit is kept.
 *
 * Threads: one.
 */
#ifndef EPOST_INSPECT_BUDGET_H
#define EPOST_INSPECT_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

#include "common/scannerconf.h"
#include "common/verdict.h"

#define BUDGET_RATIO_FREE (UINT64_C(16) << 20) /* unpacked bytes before a ratio means anything */

struct budget {
    uint64_t scan_left;  /* bytes that may still be given to the engine */
    uint64_t files_left; /* objects that may still be looked at */
    uint64_t file_max;   /* bytes of one object */
    uint64_t ratio_max;
    unsigned depth_max;
    uint64_t deadline_ns;  /* CLOCK_MONOTONIC */
    uint64_t cpu_until_ns; /* of the thread's CPU time; 0: no limit */
    uint64_t cpu_look_ns;  /* CLOCK_MONOTONIC: earlier than that it cannot have been used up */
};

void budget_init(struct budget *budget, const struct scanner_settings *settings);

/* Milliseconds left, 0 when the time is up, or the CPU time used up. */
uint32_t budget_ms(const struct budget *budget);

/* Is the time up, or the CPU time used up? By the exact clock: true wherever libclamav has ended
 * for that. */
bool budget_is_late(const struct budget *budget);

/* For what begins now: no more than so much CPU time, and `wall_ms` on the clock. */
void budget_limit(struct budget *budget, uint64_t cpu_ms, uint64_t wall_ms);

/* May an object of `length` bytes at `depth` be looked at? REASON_NONE, or the ceiling. */
enum reason budget_object(const struct budget *budget, uint64_t length, unsigned depth);

/* Is that too much out of so little? REASON_NONE or LIMIT_RATIO. */
enum reason budget_ratio(const struct budget *budget, uint64_t packed, uint64_t unpacked);

/* May a member be unpacked further, that may have been scanned already? What it costs to scan is
 * not asked: budget_object does when it turns out to be new. REASON_NONE, or the ceiling. */
enum reason budget_member(const struct budget *budget, uint64_t unpacked);

/* May an unpacker that made `unpacked` bytes out of `packed` go on? REASON_NONE, or the ceiling.
 * Cheap enough for every block. */
enum reason budget_unpacked(const struct budget *budget, uint64_t packed, uint64_t unpacked);

/* Takes what a scan used. */
void budget_take(struct budget *budget, uint64_t bytes, uint64_t files);

#endif
