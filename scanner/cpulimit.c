/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "scanner/cpulimit.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

#include "common/clock.h"

#define CPULIMIT_SMALL     (4u << 20) /* bytes of a body for which there is no more */
#define CPULIMIT_BODY_RATE 2048 /* bytes of the body beyond that for which there is one ms more */
#define CPULIMIT_SEEN_RATE                                                                         \
    8192                     /* bytes of what is unpacked from it for which there is one ms …    \
                              */
#define CPULIMIT_RATIO   20  /* … up to so many times the body */
#define CPULIMIT_LOOK_MS 100 /* between two looks at the clock, at least */
#ifdef EPOST_SANITIZED
#define CPULIMIT_SLOW 10 /* times */
#else
#define CPULIMIT_SLOW 1
#endif

static struct {
    timer_t timer;
    int64_t base_ms;
    void (*over)(void);
    uint64_t (*seen)(void);
    uint64_t length, seen_before, used_before_ns;
} cpulimit;

uint64_t cpulimit_allowed(int64_t base_ms, uint64_t length, uint64_t seen)
{
    uint64_t unpacked = seen > length ? seen - length : 0;
    uint64_t large = length > CPULIMIT_SMALL ? length - CPULIMIT_SMALL : 0;

    if (unpacked / CPULIMIT_RATIO > length)
        unpacked = length * CPULIMIT_RATIO;
    return ((uint64_t)base_ms + large / CPULIMIT_BODY_RATE + unpacked / CPULIMIT_SEEN_RATE) *
           CPULIMIT_SLOW;
}

static uint64_t cpulimit_used_ns(void)
{
    struct timespec used;

    if (clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used) < 0)
        return 0;
    return (uint64_t)used.tv_sec * CLOCK_S + (uint64_t)used.tv_nsec;
}

static void cpulimit_set(uint64_t ms)
{
    struct itimerspec when = {
        .it_value = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000}};

    timer_settime(cpulimit.timer, 0, &when, NULL);
}

static void cpulimit_on_timer(int number)
{
    int saved = errno;
    uint64_t used_ms = (cpulimit_used_ns() - cpulimit.used_before_ns) / CLOCK_MS;
    uint64_t allowed_ms =
        cpulimit_allowed(cpulimit.base_ms, cpulimit.length, cpulimit.seen() - cpulimit.seen_before);

    (void)number;
    if (used_ms >= allowed_ms)
        cpulimit.over();
    uint64_t left_ms = used_ms < allowed_ms ? allowed_ms - used_ms : 0;
    cpulimit_set(left_ms > CPULIMIT_LOOK_MS ? left_ms : CPULIMIT_LOOK_MS);
    errno = saved;
}

int cpulimit_init(int64_t base_ms, void (*over)(void), uint64_t (*seen)(void), struct err *err)
{
    struct sigaction action = {.sa_handler = cpulimit_on_timer, .sa_flags = SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGXCPU};

    cpulimit.base_ms = base_ms;
    cpulimit.over = over;
    cpulimit.seen = seen;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGXCPU, &action, NULL) < 0 ||
        timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &cpulimit.timer) < 0)
        return err_sys(err, "cannot make the timer of MaxScanCpu");
    return 0;
}

void cpulimit_start(uint64_t length)
{
    cpulimit.length = length;
    cpulimit.seen_before = cpulimit.seen();
    cpulimit.used_before_ns = cpulimit_used_ns();
    cpulimit_set(cpulimit_allowed(cpulimit.base_ms, length, length));
}

void cpulimit_stop(void)
{
    cpulimit_set(0);
}
