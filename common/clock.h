/* SPDX-License-Identifier: GPL-2.0-or-later */
/* clock: the one clock that deadlines are measured with. Threads: any. */
#ifndef EPOST_COMMON_CLOCK_H
#define EPOST_COMMON_CLOCK_H

#include <stdint.h>
#include <time.h>

#define CLOCK_MS 1000000ull    /* nanoseconds */
#define CLOCK_S  1000000000ull /* nanoseconds */

/* CLOCK_MONOTONIC in nanoseconds. */
static inline uint64_t clock_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * CLOCK_S + (uint64_t)now.tv_nsec;
}

/* The same to a few milliseconds, and at no cost: for loops that ask at each word of a text. */
static inline uint64_t clock_coarse(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return (uint64_t)now.tv_sec * CLOCK_S + (uint64_t)now.tv_nsec;
}

/* CPU time of this thread in nanoseconds. */
static inline uint64_t clock_thread_cpu(void)
{
    struct timespec used;

    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used) != 0)
        return 0;
    return (uint64_t)used.tv_sec * CLOCK_S + (uint64_t)used.tv_nsec;
}

/* clock_now in milliseconds. */
static inline uint64_t clock_now_ms(void)
{
    return clock_now() / CLOCK_MS;
}

#endif
