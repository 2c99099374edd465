/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/state.h"
#include "common/clock.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define STATE_POLL_MS    50
#define STATE_REFRESH_MS 500

struct settings state_settings;

static struct page_set *pages;
static struct exceptions *current;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER; /* of current and of opening the board */
static const struct board *_Atomic board;

int state_load(struct err *err)
{
    page_free(&pages);
    pages = page_load(state_settings.templates, state_settings.language, err);
    if (!pages)
        return -1;
    return state_reload(err);
}

int state_reload(struct err *err)
{
    const char *path = state_settings.exceptions;

    if (strcmp(path, SETTINGS_EXCEPTIONS) == 0 && access(path, F_OK) < 0 && errno == ENOENT)
        path = "";
    struct exceptions *fresh = exceptions_load(path, err);

    if (!fresh)
        return -1;
    pthread_mutex_lock(&mutex);
    struct exceptions *old = current;
    current = fresh;
    pthread_mutex_unlock(&mutex);
    exceptions_drop(&old);
    return 0;
}

struct exceptions *state_exceptions(void)
{
    pthread_mutex_lock(&mutex);
    struct exceptions *held = exceptions_hold(current);
    pthread_mutex_unlock(&mutex);
    return held;
}

const struct page_set *state_pages(void)
{
    return pages;
}

const char *state_node(void)
{
    return state_settings.node;
}

/* At times: the scanner makes another file when somebody removes the one that is mapped. */
static void state_refresh_board(const struct board *open)
{
    static _Atomic uint64_t due_ms;
    uint64_t now = clock_now_ms(), due = atomic_load(&due_ms);

    if (now >= due && atomic_compare_exchange_strong(&due_ms, &due, now + STATE_REFRESH_MS))
        board_refresh(open, state_settings.scanner.board);
}

const struct board *state_board(void)
{
    struct err ignored;
    const struct board *open = atomic_load(&board);

    if (open) {
        state_refresh_board(open);
        return open;
    }
    pthread_mutex_lock(&mutex);
    open = atomic_load(&board);
    if (!open) {
        open = board_open_reader(state_settings.scanner.board, &ignored);
        atomic_store(&board, open);
    }
    pthread_mutex_unlock(&mutex);
    return open;
}

/* A scanner whose socket was removed makes it again; until then a scan would fail. */
static int state_has_socket(void)
{
    struct stat st;

    return stat(state_settings.scanner.socket, &st) == 0 && S_ISSOCK(st.st_mode);
}

int state_ready(void)
{
    const struct board *open = state_board();

    return open && board_ready(open) && state_has_socket();
}

static int state_takes(void)
{
    const struct board *open = state_board();

    return open && board_takes(open) && state_has_socket();
}

int state_wait_ready(int64_t wait_ms)
{
    uint64_t until = clock_now_ms() + (uint64_t)wait_ms;

    while (!state_takes()) {
        if (clock_now_ms() >= until)
            return 0;
        state_sleep_ms(STATE_POLL_MS);
    }
    return 1;
}

void state_free(void)
{
    const struct board *open = atomic_exchange(&board, NULL);

    board_close_reader(&open);
    exceptions_drop(&current);
    page_free(&pages);
    settings_free(&state_settings);
}

void state_sleep_ms(unsigned ms)
{
    struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};

    nanosleep(&wait, NULL);
}
