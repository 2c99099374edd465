/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * board: the page on which epostavs tells everyone how it is.
 *
 * A small file (default: beside the socket) that the supervisor alone maps for
 * writing and that c-icap's children, kasp and the updater map for reading.
 * The file keeps its inode over restarts of the supervisor, so a reader maps
 * it once; one that stays calls board_refresh, since somebody may remove the
 * file, and the supervisor then makes another one. Counters and state are single atomics; what
 * belongs together (struct board_generation, the error text) is read under a sequence lock.
 *
 * Owner: the supervisor holds the lock file of the board's name and ".lock"
 * (common/lockfile.h) as long as it lives; that keeps a second supervisor out.
 * Liveness: `heartbeat_ns` older than BOARD_STALE_NS means nobody is at home,
 * whatever the rest says.
 * Threads: any number of readers in any process; one writer.
 */
#ifndef EPOST_COMMON_BOARD_H
#define EPOST_COMMON_BOARD_H

#include <stdatomic.h>
#include <stdint.h>
#include <sys/types.h>

#include "common/err.h"
#include "common/wire.h"

#define BOARD_MAGIC    0x44425045u /* "EPBD" */
#define BOARD_VERSION  2
#define BOARD_WORKERS  256
#define BOARD_STALE_NS 3000000000ull /* 3 s of CLOCK_MONOTONIC */

enum board_state {
    BOARD_DOWN = 0,  /* no supervisor, or it is going */
    BOARD_LOADING,   /* the first generation is being loaded: nothing can be scanned yet */
    BOARD_READY,     /* an engine serves */
    BOARD_RELOADING, /* an engine serves and another one is being loaded, or will be */
    BOARD_DRAINED,   /* memory is too short for two engines: requests wait for the new one */
    BOARD_FAILED     /* nothing could be loaded; see error */
};

enum board_worker_state {
    BOARD_WORKER_NONE = 0,
    BOARD_WORKER_STARTING,
    BOARD_WORKER_IDLE,
    BOARD_WORKER_SCANNING,
    BOARD_WORKER_HEAVY
};

enum board_counter {
    BOARD_SCANS, /* replies given to scan requests, all verdicts */
    BOARD_CLEAN,
    BOARD_INFECTED,
    BOARD_UNSCANNABLE,
    BOARD_ERRORS,
    BOARD_CACHE_HITS, /* of BOARD_SCANS, answered from the cache or with a scan under way */
    BOARD_TIMEOUTS,
    BOARD_CRASHES, /* workers that died while scanning */
    BOARD_REFUSED, /* malformed requests */
    BOARD_HEAVY,   /* scans that went on at lower priority */
    BOARD_RELOADS, /* generations that took over, the first one included */
    BOARD_RELOAD_FAILURES,
    BOARD_BYTES, /* body bytes of BOARD_SCANS */
    BOARD_COUNTERS
};

struct board_generation {
    uint64_t number;             /* N of gen-N, else the count of loads; 0: none serves */
    uint8_t set_id[WIRE_SET_ID]; /* digest of the signature set and of the scan options */
    uint64_t signatures;
    uint64_t loaded_at; /* Unix seconds */
    uint64_t built_at;  /* newest build time of an official database, Unix seconds, 0 unknown */
    uint32_t load_ms;
    uint32_t reserved;
    char versions[256];  /* "main 62, daily 27000, bytecode 335", empty if none */
    char path[512];      /* the resolved directory */
    char shortcuts[256]; /* "jit 564, untouched 39272, …": what makes scans cheaper, what is off */
};

struct board_worker {
    _Atomic int32_t pid;
    _Atomic uint32_t state;    /* enum board_worker_state */
    _Atomic uint64_t since_ns; /* CLOCK_MONOTONIC, of the last change of state */
    _Atomic uint64_t generation;
};

struct board {
    uint32_t magic, version, size;
    uint32_t inode;                /* the low half of this file's inode number */
    _Atomic uint64_t heartbeat_ns; /* CLOCK_MONOTONIC */
    _Atomic int32_t supervisor_pid;
    _Atomic uint32_t state;   /* enum board_state */
    _Atomic uint32_t queued;  /* connections that wait for a worker */
    _Atomic uint32_t workers; /* slots in use */
    _Atomic uint64_t counters[BOARD_COUNTERS];
    _Atomic uint32_t sequence;        /* odd while the fields below change */
    _Atomic int32_t guardian_pid;     /* of the process that was started, and holds the rest */
    _Atomic uint32_t loading_since_s; /* CLOCK_MONOTONIC, start of the load under way, 0 none */
    uint32_t reserved2;
    struct board_generation serving; /* under sequence */
    uint64_t failed_generation;      /* under sequence: the last one that did not load, 0 none */
    char error[512];                 /* under sequence: why; empty when the last load went well */
    char sandbox[128];               /* under sequence: what the workers are confined by */
    struct board_worker worker[BOARD_WORKERS];
};

/* The copy that a reader takes in one piece. */
struct board_view {
    enum board_state state; /* BOARD_DOWN when the heartbeat is stale */
    pid_t supervisor_pid, guardian_pid;
    uint32_t queued, workers;
    uint32_t loading_s; /* how long the load under way has taken so far, 0 none */
    uint64_t counters[BOARD_COUNTERS];
    struct board_generation serving;
    uint64_t failed_generation;
    char error[512];
    char sandbox[128];
};

/* Maps the board at `path` read-only. Returns it (release with
 * board_close_reader), or NULL and err: no file yet, no access, or a version
 * that this program does not know. */
EPOST_MUST_CHECK const struct board *board_open_reader(const char *path, struct err *err);

/* Unmaps and nulls the caller's pointer; NULL is fine. */
void board_close_reader(const struct board **board);

/* Maps the file that `path` names now where `board` is mapped, if that is another one. For readers
 * that stay; safe beside others that read the same mapping in other threads. When the new file
 * cannot be mapped the old one stays, whose heartbeat then says that nobody is at home. */
void board_refresh(const struct board *board, const char *path);

/* Copies a consistent view. Bounded: if a writer died half-way, after a few
 * tries the state reads BOARD_DOWN and the rest is as found. */
void board_read(const struct board *board, struct board_view *view);

/* 1 when an engine serves (BOARD_READY, BOARD_RELOADING) and the heartbeat is
 * fresh, else 0. Cheap: three loads and a clock. */
int board_ready(const struct board *board);

/* 1 when requests are taken: board_ready, or they wait in the scanner while an engine is loaded
 * that memory has no room for beside another (BOARD_DRAINED). Else 0. */
int board_takes(const struct board *board);

/* "down", "loading", "ready", "reloading", "drained", "failed". */
const char *board_state_name(unsigned state);

/* The name of a counter for statistics and JSON ("cache_hits"). */
const char *board_counter_name(enum board_counter counter);

#endif
