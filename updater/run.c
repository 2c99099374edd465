/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/run.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/text.h"
#include "updater/fetch.h"

#define TEXT_MAX 2048 /* bytes of a message */

#define BAR_WIDTH 30
#define BAR_EVERY 100 /* ms */

static int bar_shown;

/* Much of what is told comes from servers: nothing in it may reach a terminal as it is. */
static void run_tell(FILE *out, const char *before, const char *format, va_list args)
    __attribute__((format(printf, 3, 0)));

static void run_tell(FILE *out, const char *before, const char *format, va_list args)
{
    char text[TEXT_MAX];
    struct buf plain;

    run_progress_end();
    vsnprintf(text, sizeof text, format, args);
    buf_init(&plain, 4 * TEXT_MAX);
    text_plain(&plain, text, strlen(text));
    fprintf(out, "%s%s\n", before, buf_text(&plain));
    fflush(out);
    buf_free(&plain);
}

void run_step(const struct run *run, const char *name, const char *detail)
{
    if (!run->verbose)
        return;
    run_progress_end();
    fprintf(stderr, "step: %s%s%s\n", name, *detail ? " " : "", detail);
    fflush(stderr);
}

void run_note(const struct run *run, const char *format, ...)
{
    va_list args;

    if (run->quiet)
        return;
    va_start(args, format);
    run_tell(stdout, "", format, args);
    va_end(args);
}

void run_warn(const struct run *run, const char *format, ...)
{
    va_list args;

    (void)run;
    va_start(args, format);
    run_tell(stderr, "epost-autoupdate: ", format, args);
    va_end(args);
}

static void run_bar(const char *what, uint64_t done, uint64_t total)
{
    static uint64_t last;
    uint64_t now = clock_now_ms();
    char text[BAR_WIDTH + 1];

    if (now - last < BAR_EVERY && done < total)
        return;
    last = now;
    if (total == 0)
        total = 1;
    for (uint64_t i = 0; i < BAR_WIDTH; i++)
        text[i] = i * total < done * BAR_WIDTH ? '#' : '.';
    text[BAR_WIDTH] = '\0';
    fprintf(stderr, "\r%-24.24s [%s] %3" PRIu64 "%% %8.1f MB", what, text, done * 100 / total,
            (double)done / 1e6);
    bar_shown = 1;
}

void (*run_progress(const struct run *run))(const char *what, uint64_t done, uint64_t total)
{
    return run->quiet || !isatty(STDERR_FILENO) ? NULL : run_bar;
}

void run_progress_end(void)
{
    if (bar_shown)
        fputs("\r\033[K", stderr);
    bar_shown = 0;
}
