/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/reload.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/board.h"
#include "common/client.h"
#include "common/clock.h"
#include "common/control.h"
#include "updater/fetch.h"

#define SOCKET_MS 10000
#define POLL_MS   50
#define DOWN_MS   15000 /* a scanner that dies is started again by c-icap within that time */

static void reload_pause_ms(unsigned ms)
{
    struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};

    nanosleep(&time, NULL);
}

static int reload_tell(const struct run *run, struct fault *fault)
{
    const struct settings *settings = run->settings;
    struct wire_reply reply;
    struct err first;

    run_step(run, "reload", *settings->control ? settings->control : settings->socket);
    if (*settings->control) {
        if (control_reload(settings->control, &first) == 0)
            return 0;
        run_note(run, "%s; asking the scanner itself", first.text);
    }
    if (client_control(settings->socket, WIRE_RELOAD, NULL, SOCKET_MS, &reply, &fault->err) < 0)
        return fault_as(fault, RESULT_UNCONFIRMED);
    return 0;
}

/* Whether what the scanner serves lies in the directories of our Bases. */
static int reload_is_ours(const struct run *run, const struct board_view *view)
{
    char parent[STATE_PATH_MAX], *resolved = realpath(run->store.parent, NULL);
    int ours;

    snprintf(parent, sizeof parent, "%.600s/", resolved ? resolved : run->store.parent);
    ours =
        view->serving.path[0] == '\0' || strncmp(view->serving.path, parent, strlen(parent)) == 0;
    free(resolved);
    return ours;
}

static int reload_serves(const struct run *run, const struct board_view *view, uint64_t number)
{
    return view->serving.number == number && reload_is_ours(run, view) &&
           (view->state == BOARD_READY || view->state == BOARD_RELOADING);
}

/* One look. Returns 1 when it serves, 0 to look again, -1 and fault when it never will. */
static int reload_look(const struct run *run, const struct board_view *view, uint64_t failures,
                       uint64_t number, uint64_t *down_since, struct fault *fault)
{
    uint64_t now = clock_now_ms();

    if (reload_serves(run, view, number))
        return 1;
    if (view->state == BOARD_DOWN) {
        if (*down_since == 0)
            *down_since = now;
        return now - *down_since < DOWN_MS
                   ? 0
                   : fault_set(fault, RESULT_UNCONFIRMED,
                               "the scanner died while it was to load generation %" PRIu64, number);
    }
    *down_since = 0;
    if (view->failed_generation == number && view->counters[BOARD_RELOAD_FAILURES] > failures)
        return fault_set(fault, RESULT_UNCONFIRMED,
                         "the scanner could not load generation %" PRIu64 ": %s", number,
                         view->error);
    return 0;
}

static int reload_wait_for(const struct run *run, const struct board *board, uint64_t failures,
                           uint64_t number, struct fault *fault)
{
    uint64_t deadline = clock_now_ms() + (uint64_t)run->settings->confirm_timeout;
    uint64_t down_since = 0;
    struct board_view view;
    int result;

    run_step(run, "confirm", run->settings->board);
    for (;;) {
        board_refresh(board, run->settings->board);
        board_read(board, &view);
        result = reload_look(run, &view, failures, number, &down_since, fault);
        if (result != 0)
            return result;
        if (clock_now_ms() >= deadline)
            return fault_set(fault, RESULT_UNCONFIRMED,
                             "the scanner did not serve generation %" PRIu64
                             " within %lld s (it serves "
                             "%" PRIu64 ", state %s)",
                             number, (long long)(run->settings->confirm_timeout / 1000),
                             view.serving.number, board_state_name(view.state));
        reload_pause_ms(POLL_MS);
    }
}

int reload_confirmed(const struct run *run, uint64_t number, struct fault *fault)
{
    struct err ignored;
    const struct board *board = board_open_reader(run->settings->board, &ignored);
    struct board_view view;
    int result = 0;

    if (!board)
        return 0;
    board_read(board, &view);
    if (view.state != BOARD_DOWN && !reload_is_ours(run, &view))
        run_note(run, "the scanner on %s serves %s, which is not this Bases: it is left alone",
                 run->settings->board, view.serving.path);
    else if (view.state != BOARD_DOWN && reload_serves(run, &view, number))
        result = 1;
    else if (view.state != BOARD_DOWN) {
        uint64_t failures = view.counters[BOARD_RELOAD_FAILURES];

        result = reload_tell(run, fault);
        if (result == 0)
            result = reload_wait_for(run, board, failures, number, fault);
    }
    board_close_reader(&board);
    return result;
}
