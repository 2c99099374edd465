/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/clamtime.h"

#include <sys/time.h>
#include <time.h>

#include "common/clock.h"

#define CLAMTIME_AHEAD    (365 * 24 * 3600) /* seconds: no scan may take so long */
#define CLAMTIME_EXPORTED __attribute__((visibility("default")))

static struct {
    uint64_t cpu_until_ns, look_ns; /* earlier on the clock it cannot be used up */
    bool is_limited, is_over;
} clamtime;

/* A thread uses no more CPU time than passes on the clock. */
static bool clamtime_is_over(void)
{
    const uint64_t now = clock_now();

    if (!clamtime.is_limited || clamtime.is_over || now < clamtime.look_ns)
        return clamtime.is_over;
    const uint64_t used = clock_thread_cpu();
    clamtime.is_over = used >= clamtime.cpu_until_ns;
    clamtime.look_ns = now + (clamtime.is_over ? 0 : clamtime.cpu_until_ns - used);
    return clamtime.is_over;
}

void clamtime_begin(uint64_t cpu_until_ns)
{
    clamtime.cpu_until_ns = cpu_until_ns;
    clamtime.look_ns = 0;
    clamtime.is_over = false;
    clamtime.is_limited = cpu_until_ns != 0;
}

bool clamtime_end(void)
{
    const bool was_over = clamtime.is_over;

    clamtime.is_limited = clamtime.is_over = false;
    return was_over;
}

/* In place of libc's, also for libraries. */
CLAMTIME_EXPORTED int gettimeofday(struct timeval *restrict now, void *restrict zone)
{
    struct timespec exact;

    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &exact) != 0)
        return -1;
    now->tv_sec = exact.tv_sec + (clamtime_is_over() ? CLAMTIME_AHEAD : 0);
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}
