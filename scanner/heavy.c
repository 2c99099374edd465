/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/heavy.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "scanner/channel.h"

#define HEAVY_NICE_MAX 19

static struct {
    timer_t timer;
    int armed_ms; /* 0: never by itself */
    int nice_by, channel;
    uint64_t job;
    volatile sig_atomic_t is_scanning, happened, is_lowered;
} heavy;

static void heavy_lower(void)
{
    int nice = getpriority(PRIO_PROCESS, 0) + heavy.nice_by;

    heavy.is_lowered = 1;
    setpriority(PRIO_PROCESS, 0, nice < HEAVY_NICE_MAX ? nice : HEAVY_NICE_MAX);
}

/* The timer's signal, or the supervisor's. It reaches the thread that scans: the other one has it
 * blocked. For Linux a priority is a thread's. */
static void heavy_on_signal(int number)
{
    int saved = errno;
    struct channel_message message;

    (void)number;
    if (heavy.is_scanning && !heavy.happened) {
        heavy.happened = 1;
        if (!heavy.is_lowered)
            heavy_lower();
        channel_init(&message, CHANNEL_HEAVY);
        message.id = heavy.job;
        channel_send(heavy.channel, &message, -1, 1);
    }
    errno = saved;
}

int heavy_init(int64_t after_ms, int64_t nice_by, int channel, struct err *err)
{
    struct sigaction action = {.sa_handler = heavy_on_signal, .sa_flags = SA_RESTART};
    struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = HEAVY_SIGNAL};

    memset(&heavy, 0, sizeof heavy);
    heavy.nice_by = (int)nice_by;
    heavy.channel = channel;
    sigemptyset(&action.sa_mask);
    if (sigaction(HEAVY_SIGNAL, &action, NULL) < 0)
        return err_sys(err, "cannot catch the signal of the CPU timer");
    if (after_ms == 0)
        return 0;
    if (timer_create(CLOCK_PROCESS_CPUTIME_ID, &event, &heavy.timer) < 0)
        return err_sys(err, "cannot make the CPU timer");
    heavy.armed_ms = (int)after_ms;
    return 0;
}

static void heavy_set_timer(int ms)
{
    struct itimerspec when = {
        .it_value = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000}};

    if (heavy.armed_ms)
        timer_settime(heavy.timer, 0, &when, NULL);
}

void heavy_start(uint64_t job, bool is_large)
{
    heavy.job = job;
    heavy.happened = heavy.is_lowered = 0;
    if (is_large)
        heavy_lower();
    heavy.is_scanning = 1;
    heavy_set_timer(heavy.armed_ms);
}

void heavy_stop(void)
{
    heavy_set_timer(0);
    heavy.is_scanning = 0;
}

bool heavy_happened(void)
{
    return heavy.happened;
}

bool heavy_is_lowered(void)
{
    return heavy.is_lowered;
}
