/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * boardwriter: the writing side of the board (common/board.h).
 *
 * Owner: the supervisor; nobody else writes. Threads: one.
 */
#ifndef EPOST_SCANNER_BOARDWRITER_H
#define EPOST_SCANNER_BOARDWRITER_H

#include "common/board.h"
#include "common/err.h"

/* Takes the board's lock (common/lockfile.h), opens or makes the board and clears it, keeping the
 * inode. The lock is held by *lock_r until boardwriter_close, or until the process and those forked
 * from it end. Returns the board, or NULL and err; "another epostavs runs" names its PID. */
EPOST_MUST_CHECK struct board *boardwriter_open(const char *path, int *lock_r, struct err *err);

/* State DOWN, unmap, unlock. Harmless on NULL. The file stays for readers that have it mapped. */
void boardwriter_close(const char *path, struct board **board, int *lock);

/* Makes the board or its lock again if somebody removed or replaced the file: what the board says
 * is kept, and readers find the new one by its inode. Returns 1 when something was made again, 0
 * when all was there, -1 and err; -1 with *lock of -1 when another process has the lock by now. */
EPOST_MUST_CHECK int boardwriter_ensure(const char *path, struct board **board, int *lock,
                                        struct err *err);

void boardwriter_beat(struct board *board, uint64_t now_ns);
void boardwriter_count(struct board *board, enum board_counter counter, uint64_t by);

/* After a writer that was killed in the middle of it. */
void boardwriter_inherit(struct board *board);

/* The fields under the sequence lock. NULL leaves a field as it is. */
void boardwriter_publish(struct board *board, const struct board_generation *serving,
                         const char *sandbox);
void boardwriter_failure(struct board *board, uint64_t generation, const char *error);

/* The state of a worker. A pid of 0 empties the place. */
void boardwriter_worker(struct board *board, unsigned slot, pid_t pid,
                        enum board_worker_state state, uint64_t generation, uint64_t now_ns);

#endif
