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
    uint64_t deadline_ns; /* CLOCK_MONOTONIC */
};

void budget_init(struct budget *budget, const struct scanner_settings *settings);

/* Milliseconds left, 0 when the time is up. */
uint32_t budget_ms(const struct budget *budget);

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
