/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The board: written by the one, read by the other, and hostile files in its place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/board.h"
#include "scanner/boardwriter.h"
#include "common/clock.h"

static char directory[] = "/tmp/epost-board-XXXXXX";
static char path[64];

static int make_directory(void **state)
{
    (void)state;
    if (!mkdtemp(directory))
        return -1;
    snprintf(path, sizeof path, "%s/board", directory);
    return 0;
}

static int remove_directory(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(directory);
}

static void what_is_written_is_read(void **state)
{
    (void)state;
    struct err err;
    int fd = -1;
    struct board *board = boardwriter_open(path, &fd, &err);
    struct board_generation about = {.number = 7, .signatures = 12};
    struct board_view view;

    assert_non_null(board);
    const struct board *reader = board_open_reader(path, &err);
    assert_non_null(reader);
    assert_int_equal(board_ready(reader), 0);
    strcpy(about.path, "/bases/gen-7");
    boardwriter_publish(board, &about, "seccomp");
    boardwriter_failure(board, 8, "malformed");
    boardwriter_count(board, BOARD_SCANS, 3);
    boardwriter_worker(board, 5, 4711, BOARD_WORKER_HEAVY, 7, 99);
    atomic_store(&board->state, BOARD_READY);
    boardwriter_beat(board, clock_now());
    assert_int_equal(board_ready(reader), 1);
    board_read(reader, &view);
    assert_int_equal(view.state, BOARD_READY);
    assert_int_equal(view.supervisor_pid, getpid());
    assert_int_equal(view.serving.number, 7);
    assert_string_equal(view.serving.path, "/bases/gen-7");
    assert_string_equal(view.sandbox, "seccomp");
    assert_string_equal(view.error, "malformed");
    assert_int_equal(view.failed_generation, 8);
    assert_int_equal(view.counters[BOARD_SCANS], 3);
    assert_int_equal(atomic_load(&reader->worker[5].pid), 4711);

    assert_int_equal(board_takes(reader), 1);
    atomic_store(&board->state, BOARD_DRAINED); /* requests wait in the scanner */
    assert_int_equal(board_ready(reader), 0);
    assert_int_equal(board_takes(reader), 1);
    atomic_store(&board->state, BOARD_FAILED);
    assert_int_equal(board_takes(reader), 0);
    atomic_store(&board->state, BOARD_DRAINED);

    boardwriter_beat(board, clock_now() - 2 * BOARD_STALE_NS); /* nobody at home */
    assert_int_equal(board_ready(reader), 0);
    assert_int_equal(board_takes(reader), 0);
    board_read(reader, &view);
    assert_int_equal(view.state, BOARD_DOWN);
    atomic_store(&board->state, BOARD_READY);
    boardwriter_beat(board, clock_now() + 1000 * BOARD_STALE_NS); /* the machine was started anew */
    assert_int_equal(board_ready(reader), 0);
    board_read(reader, &view);
    assert_int_equal(view.state, BOARD_DOWN);
    boardwriter_close(path, &board, &fd);
    assert_null(board);
    board_close_reader(&reader);
}

static void a_writer_that_died_half_way_is_down(void **state)
{
    (void)state;
    struct err err;
    int fd = -1;
    struct board *board = boardwriter_open(path, &fd, &err);
    const struct board *reader = board_open_reader(path, &err);
    struct board_view view;

    atomic_store(&board->state, BOARD_READY);
    boardwriter_beat(board, clock_now());
    atomic_store(&board->sequence, 3); /* odd */
    memset(board->serving.path, 'x', sizeof board->serving.path);
    memset(board->error, 'x', sizeof board->error);
    board_read(reader, &view);
    assert_int_equal(view.state, BOARD_DOWN);
    assert_int_equal(view.serving.path[sizeof view.serving.path - 1], 0);
    boardwriter_close(path, &board, &fd);
    board_close_reader(&reader);
}

static void a_reader_never_meets_half_a_board(void **state)
{
    (void)state;
    struct err err;
    int fd = -1, status = -1;
    struct board *board = boardwriter_open(path, &fd, &err);

    assert_non_null(board);
    boardwriter_close(path, &board, &fd); /* the reader must not inherit its lock */
    pid_t pid = fork();
    if (pid == 0) { /* opens it again and again, while scanners come and go */
        for (int i = 0; i < 20000; i++) {
            const struct board *reader = board_open_reader(path, &err);
            if (!reader)
                _exit(1);
            board_close_reader(&reader);
        }
        _exit(0);
    }
    do {
        board = boardwriter_open(path, &fd, &err);
        assert_non_null(board);
        boardwriter_close(path, &board, &fd);
    } while (waitpid(pid, &status, WNOHANG) == 0);
    assert_int_equal(status, 0);
}

static void a_second_writer_is_refused(void **state)
{
    (void)state;
    struct err err;
    int fd = -1, other = -1;
    struct stat before, after;
    struct board *board = boardwriter_open(path, &fd, &err);

    assert_non_null(board);
    assert_int_equal(stat(path, &before), 0);
    char wanted[64], lock[80];
    snprintf(wanted, sizeof wanted, "another epostavs (PID %d)", (int)getpid());
    assert_null(boardwriter_open(path, &other, &err));
    assert_non_null(strstr(err.text, wanted));
    snprintf(lock, sizeof lock, "%s.lock", path);
    assert_int_equal(stat(lock, &after), 0);
    assert_int_equal(after.st_mode & 0777, 0600); /* nobody else can lock it */
    boardwriter_close(path, &board, &fd);
    board = boardwriter_open(path, &fd, &err); /* the lock went with it, the file did not */
    assert_non_null(board);
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(before.st_ino, after.st_ino);
    boardwriter_close(path, &board, &fd);
}

/* The lock file names a process that is gone: the message must not blame that one. */
static void a_dead_process_is_not_blamed(void **state)
{
    (void)state;
    struct err err;
    int other = -1;
    char lock[80], dead[32];
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    waitpid(pid, NULL, 0);
    snprintf(lock, sizeof lock, "%s.lock", path);
    int fd = open(lock, O_CREAT | O_RDWR, 0600);
    snprintf(dead, sizeof dead, "%d", (int)pid);
    assert_int_equal(write(fd, dead, strlen(dead)), (ssize_t)strlen(dead));
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_null(boardwriter_open(path, &other, &err));
    assert_null(strstr(err.text, dead));
    assert_non_null(strstr(err.text, "fuser"));
    close(fd);
    unlink(lock);
}

/* Board and lock removed or replaced: made again with the same content, and a reader that has the
 * old one mapped comes to the new one. */
static void what_was_removed_is_made_again(void **state)
{
    (void)state;
    struct err err;
    int lock = -1;
    char lock_path[80];
    struct stat st;
    struct board *board = boardwriter_open(path, &lock, &err);
    const struct board *reader = board_open_reader(path, &err);

    assert_non_null(board);
    assert_non_null(reader);
    snprintf(lock_path, sizeof lock_path, "%s.lock", path);
    boardwriter_count(board, BOARD_SCANS, 41);
    assert_int_equal(boardwriter_ensure(path, &board, &lock, &err), 0);
    unlink(path);
    unlink(lock_path);
    board_refresh(reader, path); /* nothing there: keeps the old one */
    assert_int_equal(boardwriter_ensure(path, &board, &lock, &err), 1);
    assert_int_equal(stat(lock_path, &st), 0);
    boardwriter_count(board, BOARD_SCANS, 1);
    assert_int_equal(atomic_load(&reader->counters[BOARD_SCANS]), 41);
    board_refresh(reader, path);
    assert_int_equal(atomic_load(&reader->counters[BOARD_SCANS]), 42);
    assert_int_equal(boardwriter_ensure(path, &board, &lock, &err), 0);
    board_close_reader(&reader);
    boardwriter_close(path, &board, &lock);
    assert_int_equal(stat(lock_path, &st), -1);
}

static void files_that_are_no_board(void **state)
{
    (void)state;
    struct err err;
    int fd = -1;
    char bytes[sizeof(struct board)];

    unlink(path);
    assert_null(board_open_reader(path, &err)); /* not there */
    int file = open(path, O_CREAT | O_RDWR, 0600);
    assert_null(board_open_reader(path, &err)); /* empty */
    memset(bytes, 0xff, sizeof bytes);
    assert_int_equal(write(file, bytes, sizeof bytes), (ssize_t)sizeof bytes);
    assert_null(board_open_reader(path, &err)); /* noise */
    close(file);
    struct board *board = boardwriter_open(path, &fd, &err); /* made anew */
    assert_non_null(board);
    assert_int_equal(board->serving.number, 0);
    board->version = BOARD_VERSION + 1;
    assert_null(board_open_reader(path, &err));
    boardwriter_close(path, &board, &fd);
    unlink(path);
    assert_int_equal(symlink("/etc/passwd", path), 0);
    assert_null(boardwriter_open(path, &fd, &err));
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_null(boardwriter_open(path, &fd, &err));
    rmdir(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read),
        cmocka_unit_test(a_writer_that_died_half_way_is_down),
        cmocka_unit_test(a_reader_never_meets_half_a_board),
        cmocka_unit_test(a_second_writer_is_refused),
        cmocka_unit_test(a_dead_process_is_not_blamed),
        cmocka_unit_test(what_was_removed_is_made_again),
        cmocka_unit_test(files_that_are_no_board),
    };

    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
