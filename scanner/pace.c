/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/pace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include "common/clock.h"

#define PACE_STEP_US   5000             /* of CPU time between two looks */
#define PACE_SLEEP_MAX (50 * CLOCK_MS)  /* of one sleep */
#define PACE_SAVED_MAX (300 * CLOCK_MS) /* of CPU time that it was due and did not get */
#define PACE_CROWDED   10 /* percent of its time that it waited: others want the CPU */
#define PACE_SCHED     "/proc/self/schedstat"

static struct {
    int fd; /* PACE_SCHED */
    uint64_t wall, used, waited;
    int64_t saved;
} pace = {.fd = -1};

uint64_t pace_sleep(int64_t *saved, uint64_t wall, uint64_t used, uint64_t waited)
{
    const int64_t least = -(int64_t)PACE_SLEEP_MAX * PACE_SHARE / 100;

    *saved += (int64_t)(wall * PACE_SHARE / 100) - (int64_t)used;
    if (*saved > (int64_t)PACE_SAVED_MAX)
        *saved = (int64_t)PACE_SAVED_MAX;
    if (*saved >= 0)
        return 0;
    if (waited * 100 < (used + waited) * PACE_CROWDED) {
        *saved = 0; /* nobody wanted what it took */
        return 0;
    }
    if (*saved < least)
        *saved = least;
    return (uint64_t)(-*saved * 100 / PACE_SHARE);
}

/* "used waited slices", both in ns. In a signal handler. Returns 0, or -1. */
static int pace_read(uint64_t *used, uint64_t *waited)
{
    uint64_t *const numbers[] = {used, waited};
    char text[128];
    ssize_t got = pread(pace.fd, text, sizeof text, 0);
    ssize_t at = 0;

    for (unsigned i = 0; i < 2; i++) {
        *numbers[i] = 0;
        if (at >= got || text[at] < '0' || text[at] > '9')
            return -1;
        for (; at < got && text[at] >= '0' && text[at] <= '9'; at++)
            *numbers[i] = *numbers[i] * 10 + (uint64_t)(text[at] - '0');
        at++;
    }
    return 0;
}

static void pace_on_timer(int number)
{
    int error = errno;
    uint64_t now = clock_now(), used, waited;

    (void)number;
    if (pace_read(&used, &waited) == 0) {
        uint64_t sleep_ns =
            pace_sleep(&pace.saved, now - pace.wall, used - pace.used, waited - pace.waited);
        struct timespec pause = {.tv_nsec = (long)sleep_ns};
        if (sleep_ns)
            nanosleep(&pause, NULL);
        pace.wall = now; /* the pause counts in the next look */
        pace.used = used;
        pace.waited = waited;
    }
    errno = error;
}

void pace_begin(void)
{
    const struct itimerval timer = {.it_interval = {.tv_usec = PACE_STEP_US},
                                    .it_value = {.tv_usec = PACE_STEP_US}};
    const struct sched_param none = {0};
    struct sigaction action = {.sa_handler = pace_on_timer, .sa_flags = SA_RESTART};

    sched_setscheduler(0, SCHED_BATCH, &none); /* it never takes the CPU from one that scans */
    pace.fd = open(PACE_SCHED, O_RDONLY | O_CLOEXEC);
    if (pace.fd < 0 || pace_read(&pace.used, &pace.waited) < 0)
        return;
    pace.wall = clock_now();
    pace.saved = 0;
    sigemptyset(&action.sa_mask);
    if (sigaction(SIGPROF, &action, NULL) == 0)
        setitimer(ITIMER_PROF, &timer, NULL);
}

void pace_end(void)
{
    const struct itimerval timer = {0};
    const struct sched_param none = {0};

    setitimer(ITIMER_PROF, &timer, NULL);
    signal(SIGPROF, SIG_IGN);
    if (pace.fd >= 0)
        close(pace.fd);
    pace.fd = -1;
    sched_setscheduler(0, SCHED_OTHER, &none);
}
