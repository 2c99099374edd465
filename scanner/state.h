/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * state: what the supervisor knows: clients, jobs, workers, generations. Types alone; each file
 * that is given a struct supervisor has functions for one part of it.
 *
 * A file calls only files below it in this list, and none its caller:
 *
 *     supervisor                        the loop; what is done at the end of a round
 *     guardian inherit reaping          restarts, and the end of processes
 *     generations drain                 which engine serves
 *     places clients control            socket and board; what clients say
 *     workers                           what workers say
 *     heavies background dispatch       who runs, who waits, who goes on alone
 *     submit outcomes                   how a job begins and ends
 *     jobs                              jobs under way and who waits for them
 *     slots                             worker processes
 *     engines spare                     engine processes
 *     connections estate parking ending loop
 *
 * What an event makes necessary for all (jobs are waiting, workers are missing) is done once, at
 * the end of the round of events.
 *
 * Owner: the supervisor. Threads: one.
 */
#ifndef EPOST_SCANNER_STATE_H
#define EPOST_SCANNER_STATE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>
#include <sys/types.h>

#include "common/board.h"
#include "common/err.h"
#include "common/scannerconf.h"
#include "scanner/cache.h"
#include "scanner/crashlist.h"
#include "scanner/deadline.h"
#include "scanner/peers.h"
#include "scanner/queue.h"
#include "scanner/source.h"
#include "scanner/shared.h"

#define SUPERVISOR_GENERATIONS 4    /* processes: serving, loading, and old ones that are ending */
#define SUPERVISOR_TICK_MS     250  /* heartbeat, and the precision of all but scans' deadlines */
#define SUPERVISOR_STOP_MS     3000 /* at SIGTERM, for scans that run */

/* A client. */
struct connection {
    enum source source;
    int fd;      /* -1: closed, and freed at the end of the round of events */
    int hung_up; /* the client is gone: its scan gets a moment to end by itself */
    uint64_t hung_up_ns;
    struct deadline deadline;
    uint64_t arrived_ns;
    uid_t uid;                      /* of the client */
    int is_counted;                 /* among the connections of that user */
    struct wire_request request;    /* header, once it is there */
    struct job *job;                /* that it waits for, or NULL */
    TAILQ_ENTRY(connection) waits;  /* for the job */
    SLIST_ENTRY(connection) closed; /* to be freed */
};

TAILQ_HEAD(waiters, connection);

/* A scan to be done, for one or more connections. */
struct job {
    struct queue_item queue; /* first: the queue gives it back */
    uint64_t id;
    uint64_t arrived_ns;
    uint64_t length;
    struct cache_key key;
    int has_sha256;    /* key.sha256 is set: by the client, or by the worker's word */
    int is_shared;     /* in the table: others with the same key may join, the cache may keep it */
    int is_trusted;    /* its body is a file of a user who would not change it during the scan */
    int is_held_up;    /* its worker was stopped for others: its time limit says nothing about it */
    int is_kept;       /* somebody was told error: pending, so it runs to its end: see background */
    uint64_t limit_ns; /* when its worker is killed, whoever waits; set while it has a slot */
    struct slot *slot; /* that works on it, NULL while it is queued */
    struct waiters waiters;    /* all that wait for it */
    struct connection *passed; /* the one whose descriptor the worker has, NULL if it left */
    LIST_ENTRY(job) shares;    /* in the table */
};

LIST_HEAD(job_bucket, job);

/* A place for a worker; its number is its place on the board. */
struct slot {
    enum source source;
    enum board_worker_state state;
    int is_dying;  /* killed or told to leave: waits to be reaped */
    int is_reaped; /* the process is gone, its number may be another's by now */
    pid_t pid;     /* 0 until its HELLO */
    int channel;   /* -1 when closed */
    uint64_t since_ns;
    uint64_t load; /* of the generation it belongs to */
    int64_t scans;
    int was_heavy;               /* it runs at lower priority */
    int is_stopped, was_stopped; /* see heavies */
    uint64_t ran_ns,
        resumed_ns;   /* since it is heavy: for how long it was not stopped, since when */
    int is_inherited; /* of a supervisor that is gone: it may still work on that one's job */
    struct ending end;
    struct job *job;
};

/* The copy of a generation process that waits to take its place: see spare.h. */
struct spare {
    enum source source;
    int channel;       /* -1: none, or it is gone */
    pid_t pid;         /* 0 until its HELLO */
    uint64_t after_ns; /* not asked for before */
    uint64_t due_ns;   /* for its HELLO when the generation process has ended */
    struct ending end;
};

/* A generation process. */
struct generation {
    enum source source;
    pid_t pid;         /* 0: the process is gone; workers may still serve */
    int channel;       /* -1 when closed */
    uint64_t load;     /* which load this was, from 1; 0: the place is free */
    int is_ready;      /* loaded; forks workers */
    unsigned proposal; /* whose settings it was loaded with, 0: those in force */
    int is_fallback;   /* loaded again because the one wanted failed: that is still to be told */
    uint64_t stamp;    /* of its directory when the load began, 0 unknown */
    uint64_t started_ns, ready_ns;
    uint64_t resident;
    struct board_generation about;
    char sandbox[128];
    char fallback[512]; /* how its directory for temporary files begins if it has no tmpfs */
    struct ending end;
    struct spare spare;
};

/* The supervisor's way to its guardian: see parking.h. */
struct parking {
    enum source source;
    int link; /* -1: it is gone */
    pid_t pid;
    uint64_t renew_ns; /* another one is not made before */
};

struct supervisor_options {
    const char *meminfo; /* where MemAvailable is read */
    int lifeline;        /* -1: none */
};

struct supervisor {
    struct scanner_settings settings; /* in force */
    struct scanner_settings proposed; /* of the load under way or wanted, if is_proposed */
    int is_proposed;
    unsigned proposals; /* made so far; the number of the last one */
    struct supervisor_options options;
    int epoll, listener, signals;
    int board_lock; /* held as long as this process may write the board */
    enum source listener_source, signals_source, lifeline_source;
    struct board *board;
    struct worker_shared *shared;
    struct estate *estate;   /* what the next supervisor gets: guardian.h */
    struct parking *parking; /* NULL: no guardian */
    char fallback[512];      /* how the directories of generations without tmpfs begin */
    uint64_t socket_inode;
    uint64_t complaint_ns; /* when a lasting trouble with them is logged again */

    uint64_t memory; /* bytes that the machine, or our control group, has */

    struct deadline_heap deadlines;
    SLIST_HEAD(, connection) closed; /* freed at the end of the round */
    size_t connections, waiting;
    struct peers peers;
    unsigned refusals; /* not logged yet */
    uint64_t refusal_ns;

    struct queue queue;
    struct job_bucket *jobs; /* table of shared jobs */
    uint64_t last_job;
    unsigned kept; /* jobs that are */
    struct cache *cache;
    struct crashlist *crashlist; /* in the estate */

    struct slot *slots;     /* BOARD_WORKERS, in the estate */
    uint64_t fork_after_ns; /* not before: workers die at birth */
    unsigned births_failed;
    bool needs_workers; /* asked for at the end of this round of events */

    struct generation *generations; /* SUPERVISOR_GENERATIONS, in the estate */
    struct generation *serving, *loading;
    struct board_generation about; /* what serves, or served last */
    uint64_t loads;
    int reload_wanted;
    int is_drained;          /* the serving one was given up so that memory suffices */
    uint64_t drain_until_ns; /* running scans may end until then; 0: no draining */
    uint64_t retry_ns;       /* when to load again by ourselves, 0: not */
    unsigned retries;
    char previous[512]; /* directory of the generation given up for memory, to fall back to */

    int is_stopping;
    uint64_t stop_ns;
};

#endif
