/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "scanner/boardwriter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/lockfile.h"

#define BOARDWRITER_PATH_MAX 4096

static int boardwriter_is_file(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1;
}

/* The low half tells two files on one file system apart: see board_refresh. */
static uint32_t boardwriter_inode(int fd)
{
    struct stat st;

    return fstat(fd, &st) == 0 ? (uint32_t)st.st_ino : 0;
}

static int boardwriter_take_lock(const char *path, struct err *err)
{
    char lock[BOARDWRITER_PATH_MAX];
    struct err why;
    pid_t holder;

    snprintf(lock, sizeof lock, "%.4000s.lock", path);
    int fd = lockfile_take(lock, &holder, &why);
    if (fd < 0 && holder > 0)
        err_set(err,
                "another epostavs (PID %d) already serves with the board %s: use it, stop it, "
                "or choose another Socket and Board",
                (int)holder, path);
    else if (fd < 0)
        *err = why;
    return fd;
}

/* Writes a board. In one write, so that whoever opens it meanwhile finds its mark as soon as it
 * has its size, and finds it all the time where an earlier scanner's board is taken over. */
static struct board *boardwriter_map(const char *path, const char *target, const struct board *from,
                                     struct err *err)
{
    struct board content = {.magic = BOARD_MAGIC, .version = BOARD_VERSION, .size = sizeof content};
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0644);
    void *map = MAP_FAILED;

    if (fd < 0) {
        err_sys(err,
                "cannot make the board %s (does its directory exist, and may this user write "
                "there?)",
                path);
        return NULL;
    }
    if (!boardwriter_is_file(fd)) {
        err_set(err, "the board %s is not a file of its own", path);
        goto out;
    }
    if (from)
        memcpy(&content, from, sizeof content);
    else
        atomic_init(&content.supervisor_pid, getpid());
    content.inode = boardwriter_inode(fd);
    if (fchmod(fd, 0644) < 0) /* whatever the umask; another user's old file may be left as it is */
        errno = 0;
    if (pwrite(fd, &content, sizeof content, 0) != sizeof content ||
        ftruncate(fd, sizeof content) < 0) {
        err_sys(err, "cannot write the board %s", path);
        goto out;
    }
    map = mmap(NULL, sizeof content, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        err_sys(err, "cannot map the board %s", path);
    if (map != MAP_FAILED && target && rename(path, target) < 0) {
        err_sys(err, "cannot make the board %s", target);
        munmap(map, sizeof content);
        map = MAP_FAILED;
    }
out:
    close(fd);
    return map == MAP_FAILED ? NULL : map;
}

struct board *boardwriter_open(const char *path, int *lock_r, struct err *err)
{
    int lock = boardwriter_take_lock(path, err);

    if (lock < 0)
        return NULL;
    struct board *board = boardwriter_map(path, NULL, NULL, err);
    if (board) {
        *lock_r = lock;
        return board;
    }
    char lock_path[BOARDWRITER_PATH_MAX];
    snprintf(lock_path, sizeof lock_path, "%.4000s.lock", path);
    lockfile_drop(lock_path, &lock);
    return NULL;
}

void boardwriter_close(const char *path, struct board **board, int *lock)
{
    char lock_path[BOARDWRITER_PATH_MAX];

    if (!*board)
        return;
    atomic_store(&(*board)->state, BOARD_DOWN);
    atomic_store(&(*board)->supervisor_pid, 0);
    atomic_store(&(*board)->guardian_pid, 0);
    atomic_store(&(*board)->heartbeat_ns, 0);
    for (unsigned i = 0; i < BOARD_WORKERS; i++)
        boardwriter_worker(*board, i, 0, BOARD_WORKER_NONE, 0, 0);
    munmap(*board, sizeof **board);
    *board = NULL;
    snprintf(lock_path, sizeof lock_path, "%.4000s.lock", path);
    lockfile_drop(lock_path, lock);
}

/* Returns 1 when the lock was made again, 0 when it is there, -1 and err. */
static int boardwriter_ensure_lock(const char *path, int *lock, struct err *err)
{
    char lock_path[BOARDWRITER_PATH_MAX];

    snprintf(lock_path, sizeof lock_path, "%.4000s.lock", path);
    if (lockfile_is_current(lock_path, *lock))
        return 0;
    pid_t holder;
    int fd = lockfile_take(lock_path, &holder, err);
    if (fd < 0 && !holder)
        return -1; /* no room, no directory: later */
    close(*lock);
    *lock = fd;
    return fd < 0 ? -1 : 1;
}

int boardwriter_ensure(const char *path, struct board **board, int *lock, struct err *err)
{
    char fresh[BOARDWRITER_PATH_MAX];
    struct stat st;

    int again = boardwriter_ensure_lock(path, lock, err);
    if (again < 0)
        return -1;
    if (lstat(path, &st) == 0 && (uint32_t)st.st_ino == (*board)->inode && S_ISREG(st.st_mode) &&
        (size_t)st.st_size >= sizeof **board)
        return again;
    snprintf(fresh, sizeof fresh, "%.4000s.new", path);
    unlink(fresh);
    struct board *made = boardwriter_map(fresh, path, *board, err);
    if (!made)
        return -1;
    munmap(*board, sizeof **board);
    *board = made;
    return 1;
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

void boardwriter_inherit(struct board *board)
{
    if (atomic_load(&board->sequence) & 1)
        boardwriter_end(board);
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
