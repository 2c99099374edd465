/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/board.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"

/* The file is mapped by programs of other builds. */
_Static_assert(sizeof(struct board_generation) == 32 + WIRE_SET_ID + 8 + 256 + 512 + 256,
               "no padding in a generation");
_Static_assert(sizeof(struct board_worker) == 24, "no padding in a worker");
_Static_assert(sizeof(struct board) == 40 + 8 * BOARD_COUNTERS + 16 +
                                           sizeof(struct board_generation) + 8 + 512 + 128 +
                                           BOARD_WORKERS * sizeof(struct board_worker),
               "no padding in a board");

#define BOARD_READ_TRIES 1000

const struct board *board_open_reader(const char *path, struct err *err)
{
    const struct board *board = NULL;
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        err_sys(err, "cannot read the scanner's board %s (is epostavs running?)", path);
        return NULL;
    }
    if (fstat(fd, &st) < 0 || (size_t)st.st_size < sizeof *board) {
        err_set(err, "%s is not a board of this version", path);
        goto out;
    }
    void *map = mmap(NULL, sizeof *board, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        err_sys(err, "cannot map %s", path);
        goto out;
    }
    board = map;
    if (board->magic != BOARD_MAGIC || board->version != BOARD_VERSION ||
        board->size != sizeof *board) {
        err_set(err, "%s is not a board of this version (restart the scanner)", path);
        board_close_reader(&board);
    }
out:
    close(fd);
    return board;
}

void board_close_reader(const struct board **board)
{
    if (*board)
        munmap((void *)(uintptr_t)*board, sizeof **board);
    *board = NULL;
}

void board_refresh(const struct board *board, const char *path)
{
    struct board head;
    struct stat st;

    if (stat(path, &st) < 0 || (uint32_t)st.st_ino == board->inode ||
        (size_t)st.st_size < sizeof *board)
        return;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return;
    if (pread(fd, &head, sizeof head, 0) == sizeof head && head.magic == BOARD_MAGIC &&
        head.version == BOARD_VERSION && head.size == sizeof head)
        mmap((void *)(uintptr_t)board, sizeof *board, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
    close(fd);
}

static int board_heartbeat_is_fresh(const struct board *board)
{
    uint64_t now_ns = clock_now();
    uint64_t beat = atomic_load_explicit(&board->heartbeat_ns, memory_order_acquire);
    /* One of the future is of an earlier start of the machine: this clock begins anew then. */
    return beat != 0 && beat < now_ns + BOARD_STALE_NS && now_ns < beat + BOARD_STALE_NS;
}

int board_ready(const struct board *board)
{
    uint32_t state = atomic_load_explicit(&board->state, memory_order_acquire);

    return (state == BOARD_READY || state == BOARD_RELOADING) && board_heartbeat_is_fresh(board);
}

int board_takes(const struct board *board)
{
    uint32_t state = atomic_load_explicit(&board->state, memory_order_acquire);

    return board_ready(board) || (state == BOARD_DRAINED && board_heartbeat_is_fresh(board));
}

/* Copies what the sequence lock guards; 0 when the copy is consistent. */
static int board_read_guarded(const struct board *board, struct board_view *view)
{
    uint32_t before = atomic_load_explicit(&board->sequence, memory_order_acquire);

    if (before & 1)
        return -1;
    memcpy(&view->serving, &board->serving, sizeof view->serving);
    view->failed_generation = board->failed_generation;
    memcpy(view->error, board->error, sizeof view->error);
    memcpy(view->sandbox, board->sandbox, sizeof view->sandbox);
    atomic_thread_fence(memory_order_acquire);
    return atomic_load_explicit(&board->sequence, memory_order_relaxed) == before ? 0 : -1;
}

void board_read(const struct board *board, struct board_view *view)
{
    int consistent = -1;

    memset(view, 0, sizeof *view);
    for (int i = 0; i < BOARD_READ_TRIES && consistent < 0; i++)
        consistent = board_read_guarded(board, view);
    view->serving.versions[sizeof view->serving.versions - 1] = '\0';
    view->serving.path[sizeof view->serving.path - 1] = '\0';
    view->error[sizeof view->error - 1] = '\0';
    view->sandbox[sizeof view->sandbox - 1] = '\0';

    view->supervisor_pid = atomic_load(&board->supervisor_pid);
    view->guardian_pid = atomic_load(&board->guardian_pid);
    view->queued = atomic_load(&board->queued);
    view->workers = atomic_load(&board->workers);
    uint32_t since_s = atomic_load(&board->loading_since_s);
    view->loading_s = since_s ? (uint32_t)(clock_now() / CLOCK_S) - since_s : 0;
    for (int i = 0; i < BOARD_COUNTERS; i++)
        view->counters[i] = atomic_load(&board->counters[i]);
    view->state = atomic_load(&board->state);
    if (consistent < 0 || !board_heartbeat_is_fresh(board))
        view->state = BOARD_DOWN;
}

const char *board_state_name(unsigned state)
{
    static const char *const names[] = {"down",      "loading", "ready",
                                        "reloading", "drained", "failed"};

    return state < sizeof names / sizeof names[0] ? names[state] : "down";
}

const char *board_counter_name(enum board_counter counter)
{
    static const char *const names[BOARD_COUNTERS] = {
        "scans",      "clean",           "infected", "unscannable", "errors",
        "cache_hits", "timeouts",        "crashes",  "refused",     "heavy",
        "reloads",    "reload_failures", "bytes"};

    return (unsigned)counter < BOARD_COUNTERS ? names[counter] : "unknown";
}
