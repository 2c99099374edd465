/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/boardwriter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"

#define LOCK_TRIES 20 /* 50 ms apart: the children of one that was killed are still dying */

static int boardwriter_is_file(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1;
}

static int boardwriter_take_lock(int fd, const char *path, struct err *err)
{
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (flock(fd, LOCK_EX | LOCK_NB) == 0)
            return 0;
        if (errno != EWOULDBLOCK && errno != EINTR)
            return err_sys(err, "cannot lock the board %s", path);
        usleep(50000);
    }
    int32_t pid = 0;
    if (pread(fd, &pid, sizeof pid, offsetof(struct board, supervisor_pid)) != sizeof pid)
        pid = 0;
    return err_set(err,
                   "another epostavs (pid %d) already serves with the board %s: use it, stop it, "
                   "or choose another Socket and Board",
                   (int)pid, path);
}

/* Writes an empty board. In one write, so that whoever opens it meanwhile finds its mark as soon
 * as it has its size, and finds it all the time where an earlier scanner's board is taken over. */
static int boardwriter_write_empty(int fd, const char *path, struct err *err)
{
    struct board empty = {.magic = BOARD_MAGIC, .version = BOARD_VERSION, .size = sizeof empty};

    atomic_init(&empty.supervisor_pid, getpid());
    if (pwrite(fd, &empty, sizeof empty, 0) != sizeof empty || ftruncate(fd, sizeof empty) < 0)
        return err_sys(err, "cannot write the board %s", path);
    return 0;
}

struct board *boardwriter_open(const char *path, int *fd_r, struct err *err)
{
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);

    if (fd < 0) {
        err_sys(err, "cannot make the board %s (does its folder exist, and may we write there?)",
                path);
        return NULL;
    }
    if (!boardwriter_is_file(fd)) {
        err_set(err, "the board %s is not a file of its own", path);
        goto fail;
    }
    if (boardwriter_take_lock(fd, path, err) < 0 || boardwriter_write_empty(fd, path, err) < 0)
        goto fail;
    void *map = mmap(NULL, sizeof(struct board), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        err_sys(err, "cannot map the board %s", path);
        goto fail;
    }
    *fd_r = fd;
    return map;
fail:
    close(fd);
    return NULL;
}

void boardwriter_close(struct board **board, int *fd)
{
    if (!*board)
        return;
    atomic_store(&(*board)->state, BOARD_DOWN);
    atomic_store(&(*board)->supervisor_pid, 0);
    atomic_store(&(*board)->heartbeat_ns, 0);
    for (unsigned i = 0; i < BOARD_WORKERS; i++)
        boardwriter_worker(*board, i, 0, BOARD_WORKER_NONE, 0, 0);
    munmap(*board, sizeof **board);
    *board = NULL;
    close(*fd);
    *fd = -1;
}

void boardwriter_beat(struct board *board, uint64_t now_ns)
{
    atomic_store_explicit(&board->heartbeat_ns, now_ns, memory_order_release);
}

void boardwriter_count(struct board *board, enum board_counter counter, uint64_t by)
{
    atomic_fetch_add_explicit(&board->counters[counter], by, memory_order_relaxed);
}

static void boardwriter_begin(struct board *board)
{
    atomic_fetch_add_explicit(&board->sequence, 1, memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
}

static void boardwriter_end(struct board *board)
{
    atomic_fetch_add_explicit(&board->sequence, 1, memory_order_release);
}

void boardwriter_publish(struct board *board, const struct board_generation *serving,
                         const char *sandbox)
{
    boardwriter_begin(board);
    if (serving)
        board->serving = *serving;
    if (sandbox)
        snprintf(board->sandbox, sizeof board->sandbox, "%s", sandbox);
    boardwriter_end(board);
}

void boardwriter_failure(struct board *board, uint64_t generation, const char *error)
{
    boardwriter_begin(board);
    board->failed_generation = generation;
    snprintf(board->error, sizeof board->error, "%s", error);
    boardwriter_end(board);
}

void boardwriter_worker(struct board *board, unsigned slot, pid_t pid,
                        enum board_worker_state state, uint64_t generation, uint64_t now_ns)
{
    struct board_worker *worker = &board->worker[slot];

    atomic_store_explicit(&worker->pid, pid, memory_order_relaxed);
    atomic_store_explicit(&worker->generation, generation, memory_order_relaxed);
    atomic_store_explicit(&worker->since_ns, now_ns, memory_order_relaxed);
    atomic_store_explicit(&worker->state, (uint32_t)state, memory_order_release);
}
