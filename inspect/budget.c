/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/budget.h"

#include "common/clock.h"

#define BUDGET_COARSE_NS (20 * CLOCK_MS) /* the coarse clock is never so much behind */

void budget_init(struct budget *budget, const struct scanner_settings *settings)
{
    budget->scan_left = (uint64_t)settings->max_scan_size;
    budget->files_left = (uint64_t)settings->max_files;
    budget->file_max = (uint64_t)settings->max_file_size;
    budget->ratio_max = (uint64_t)settings->max_ratio;
    budget->depth_max = (unsigned)settings->max_recursion;
    budget->deadline_ns = clock_coarse() + (uint64_t)settings->max_scan_time * 1000000u;
    budget->cpu_until_ns = budget->cpu_look_ns = 0;
}

/* A thread uses no more CPU time than passes on the clock. */
static bool budget_is_used_up(const struct budget *budget, uint64_t now)
{
    return budget->cpu_until_ns && now >= budget->cpu_look_ns &&
           clock_thread_cpu() >= budget->cpu_until_ns;
}

uint32_t budget_ms(const struct budget *budget)
{
    uint64_t now = clock_coarse();

    if (now >= budget->deadline_ns || budget_is_used_up(budget, now))
        return 0;
    return (uint32_t)((budget->deadline_ns - now) / 1000000u);
}

bool budget_is_late(const struct budget *budget)
{
    const uint64_t now = clock_now();

    return now >= budget->deadline_ns || budget_is_used_up(budget, now);
}

void budget_limit(struct budget *budget, uint64_t cpu_ms, uint64_t wall_ms)
{
    const uint64_t now = clock_now(), until = now + wall_ms * CLOCK_MS;
    const uint64_t cpu_until = clock_thread_cpu() + cpu_ms * CLOCK_MS;

    if (until < budget->deadline_ns)
        budget->deadline_ns = until;
    if (budget->cpu_until_ns && cpu_until >= budget->cpu_until_ns)
        return;
    budget->cpu_until_ns = cpu_until;
    budget->cpu_look_ns = now + cpu_ms * CLOCK_MS - BUDGET_COARSE_NS;
}

enum reason budget_object(const struct budget *budget, uint64_t length, unsigned depth)
{
    if (depth >= budget->depth_max)
        return REASON_LIMIT_RECURSION;
    if (budget->files_left == 0)
        return REASON_LIMIT_FILES;
    if (length > budget->file_max)
        return REASON_LIMIT_FILE_SIZE;
    if (length > budget->scan_left)
        return REASON_LIMIT_SCAN_SIZE;
    if (budget_ms(budget) == 0)
        return REASON_LIMIT_TIME;
    return REASON_NONE;
}

enum reason budget_ratio(const struct budget *budget, uint64_t packed, uint64_t unpacked)
{
    return unpacked > BUDGET_RATIO_FREE && unpacked / (packed ? packed : 1) >= budget->ratio_max
               ? REASON_LIMIT_RATIO
               : REASON_NONE;
}

enum reason budget_member(const struct budget *budget, uint64_t unpacked)
{
    if (unpacked > budget->file_max)
        return REASON_LIMIT_FILE_SIZE;
    return budget_ms(budget) == 0 ? REASON_LIMIT_TIME : REASON_NONE;
}

enum reason budget_unpacked(const struct budget *budget, uint64_t packed, uint64_t unpacked)
{
    /* The ratio first: a bomb is to be called a bomb, not merely large. */
    if (budget_ratio(budget, packed, unpacked) != REASON_NONE)
        return REASON_LIMIT_RATIO;
    if (unpacked <= budget->file_max && unpacked > budget->scan_left)
        return REASON_LIMIT_SCAN_SIZE;
    return budget_member(budget, unpacked);
}

void budget_take(struct budget *budget, uint64_t bytes, uint64_t files)
{
    budget->scan_left -= bytes < budget->scan_left ? bytes : budget->scan_left;
    budget->files_left -= files < budget->files_left ? files : budget->files_left;
}
