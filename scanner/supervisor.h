/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * supervisor: the process that owns the socket and the board, brings requests
 * and workers together, and sees to it that an engine is there. It loads and
 * parses nothing itself and never blocks.
 *
 * Its work is spread over the files that get a struct supervisor: places (socket,
 * board), connections
 * (clients), jobs (what is to be scanned), background (scans that outlast their
 * clients), heavies (scans that take long), workers (slots), generations (their life), control
 * (reload, settings, ping).
 *
 * Owner: the process's main. Threads: one.
 */
#ifndef EPOST_SCANNER_SUPERVISOR_H
#define EPOST_SCANNER_SUPERVISOR_H

#include <stdint.h>
#include <sys/types.h>

#include "common/board.h"
#include "common/err.h"
#include "common/scannerconf.h"
#include "scanner/cache.h"
#include "scanner/deadline.h"
#include "scanner/crashlist.h"
#include "scanner/peers.h"
#include "scanner/queue.h"
#include "scanner/source.h"
#include "scanner/worker.h"

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
    uid_t uid;                          /* of the client */
    int is_counted;                     /* among the connections of that user */
    struct wire_request request;        /* header, once it is there */
    struct job *job;                    /* that it waits for, or NULL */
    struct connection *next, *previous; /* in the job, or in the list of those to be freed */
};

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
    struct connection *first;  /* all that wait for it */
    struct connection *passed; /* the one whose descriptor the worker has, NULL if it left */
    struct job *chain;         /* in the table */
};

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
    int was_heavy;               /* it runs at lower priority for good */
    int is_stopped, was_stopped; /* see heavies */
    uint64_t ran_ns,
        resumed_ns; /* since it is heavy: for how long it was not stopped, since when */
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
    uint64_t stamp;    /* of its folder when the load began, 0 unknown */
    uint64_t started_ns, ready_ns;
    uint64_t resident;
    struct board_generation about;
    char sandbox[128];
    char fallback[512]; /* how its folder for temporary files begins if it has no tmpfs */
    struct ending end;
    struct spare spare;
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
    struct estate *estate;        /* what the next supervisor gets: guardian.h */
    enum source *guardian_source; /* NULL: no guardian */
    char fallback[512];           /* how the folders of generations without tmpfs begin */
    uint64_t socket_inode;
    uint64_t complaint_ns; /* when a lasting trouble with them is logged again */

    uint64_t memory; /* bytes that the machine, or our control group, has */

    struct deadline_heap deadlines;
    struct connection *closed; /* freed at the end of the round */
    size_t connections, waiting;
    struct peers peers;
    unsigned refusals; /* not logged yet */
    uint64_t refusal_ns;

    struct queue queue;
    struct job **jobs; /* table of shared jobs */
    uint64_t last_job;
    unsigned kept; /* jobs that are */
    struct cache *cache;
    struct crashlist crashlist;

    struct slot *slots;     /* BOARD_WORKERS, in the estate */
    uint64_t fork_after_ns; /* not before: workers die at birth */
    unsigned births_failed;

    struct generation *generations; /* SUPERVISOR_GENERATIONS, in the estate */
    struct generation *serving, *loading;
    struct board_generation about; /* what serves, or served last */
    uint64_t loads;
    int reload_wanted;
    int is_drained;          /* the serving one was given up so that memory suffices */
    uint64_t drain_until_ns; /* running scans may end until then; 0: no draining */
    uint64_t retry_ns;       /* when to load again by ourselves, 0: not */
    unsigned retries;
    char previous[512]; /* folder of the generation given up for memory, to fall back to */

    int is_stopping;
    uint64_t stop_ns;
};

/* Takes lock and socket. The settings become the supervisor's. Returns 0, or -1 and err. */
int supervisor_open(struct supervisor *supervisor, struct scanner_settings *settings,
                    const struct supervisor_options *options, struct err *err);

/* Serves until SIGTERM or the end of the lifeline. Returns 0, or -1 and err. */
int supervisor_run(struct supervisor *supervisor, struct err *err);

/* Ends everything that was started and takes away what was made. */
void supervisor_close(struct supervisor *supervisor);

/* Takes no more connections, and ends when scans that run have ended, or soon. */
void supervisor_stop(struct supervisor *supervisor, const char *why);

/* Registers a descriptor with the loop, edge-triggered if asked. */
int supervisor_watch(struct supervisor *supervisor, int fd, enum source *source, int edge);

/* Events of a registered descriptor belong to another source from now on. */
void supervisor_rewatch(struct supervisor *supervisor, int fd, enum source *source);

/* A process that belonged to us has ended; status as of waitpid, 0 unknown. Harmless twice. */
void supervisor_reaped(struct supervisor *supervisor, pid_t pid, int status);

/* Registered descriptors are closed through this: a copy that a worker holds keeps the
 * registration alive otherwise. *fd becomes -1. */
void supervisor_unwatch(struct supervisor *supervisor, int *fd);

/* ------------------------------------------------------------------- places */

/* Makes the socket, and registers it with the loop. Return 0, or -1 and err. */
int places_open_listener(struct supervisor *supervisor, struct err *err);
int places_watch(struct supervisor *supervisor, struct err *err);

/* Closes the socket and removes its file, if that is still ours. */
void places_close_listener(struct supervisor *supervisor);

/* Gives the socket the mode and group of the settings. Returns 0, or -1 and err. */
int places_open_to_group(const struct scanner_settings *settings, struct err *err);

/* Makes socket and board again if somebody removed them. Called each SUPERVISOR_TICK_MS. */
void places_ensure(struct supervisor *supervisor, uint64_t now);

/* -------------------------------------------------------------- connections */

/* Somebody connected, said something, or went away. */
void connections_accept(struct supervisor *supervisor);
void connections_event(struct supervisor *supervisor, struct connection *connection,
                       unsigned events);

/* Deadlines that have passed by `now`. */
void connections_expire(struct supervisor *supervisor, uint64_t now);

/* Sends the reply and closes. The counters see it. */
void connections_answer(struct supervisor *supervisor, struct connection *connection,
                        const struct wire_reply *reply);
void connections_fail(struct supervisor *supervisor, struct connection *connection,
                      enum reason reason, const char *detail);

/* The worker has answered it already. */
void connections_close(struct supervisor *supervisor, struct connection *connection);

/* Frees those that were closed in this round of events. */
void connections_sweep(struct supervisor *supervisor);

/* --------------------------------------------------------------------- jobs */

/* A scan request came: answered at once, joined to another, or queued. */
void jobs_submit(struct supervisor *supervisor, struct connection *connection,
                 const struct wire_view *view);

/* Answers a connection that has no job (any more) with an error, and counts it as a scan. */
void jobs_refuse(struct supervisor *supervisor, struct connection *connection, enum reason reason,
                 const char *detail);

/* A connection that waits is going; a worker that nobody waits for is killed. */
void jobs_leave(struct supervisor *supervisor, struct connection *connection);

/* The time of a connection that waits is over: it leaves. Returns the reason for its reply:
 * REASON_PENDING when its scan goes on in the background, else REASON_TIMEOUT. */
enum reason jobs_overdue(struct supervisor *supervisor, struct connection *connection);

/* A running job has had MaxScanTime and does not end by itself: its worker is killed, and the
 * verdict is unscannable: max-scan-time. */
void jobs_limit(struct supervisor *supervisor, struct job *job);

/* Ends a running job that nobody waits for. */
void jobs_drop(struct supervisor *supervisor, struct job *job);

/* 1 when nobody can change the body, or only somebody who would not, and its SHA-256 was
 * verified: others with the same SHA-256 may have what becomes of it. Else 0. */
int jobs_is_steady(const struct supervisor *supervisor, const struct job *job);

/* 1 when the worker has replied to that client and is about to say so, else 0. */
int jobs_is_replied(const struct supervisor *supervisor, const struct connection *connection);

/* Gives waiting jobs to idle workers. */
void jobs_dispatch(struct supervisor *supervisor);

/* What the worker of a running job says. */
void jobs_hashed(struct supervisor *supervisor, struct slot *slot, const uint8_t *sha256);
void jobs_done(struct supervisor *supervisor, struct slot *slot, struct wire_reply *reply,
               int is_stable);

/* The worker died over it. */
void jobs_crashed(struct supervisor *supervisor, struct job *job, int is_verified,
                  uint32_t depends);

/* The worker did not get to it: again from the queue. */
void jobs_again(struct supervisor *supervisor, struct job *job);

/* Answers all that wait in the queue, or for a running job. */
void jobs_fail_queue(struct supervisor *supervisor, enum reason reason, const char *detail);
void jobs_fail(struct supervisor *supervisor, struct job *job, enum reason reason,
               const char *detail);

/* --------------------------------------------------------------- background */

/* Keeps a running job for clients that will ask again. Returns 1 when it is kept, by this call or
 * an earlier one; 0 when its verdict could not be remembered, or all places are taken: there is
 * one a core, so that pages keep the rest. */
int background_keep(struct supervisor *supervisor, struct job *job);

/* A kept job ends, or begins anew. Harmless on others. */
void background_release(struct supervisor *supervisor, struct job *job);

/* Ends jobs that are past their limit, and kept ones that nobody waits for whose engine goes.
 * Called each SUPERVISOR_TICK_MS. */
void background_step(struct supervisor *supervisor, uint64_t now);

/* ------------------------------------------------------------------ workers */

void workers_init(struct supervisor *supervisor);

/* Asks the serving generation, or one about to take over, for as many as are wanted. */
void workers_replenish(struct supervisor *supervisor, uint64_t now);

/* A worker's channel has something, or is at its end. */
void workers_event(struct supervisor *supervisor, struct slot *slot);

/* A child ended. Returns 1 if it was a worker. */
int workers_reaped(struct supervisor *supervisor, pid_t pid, int status);

/* An idle worker of the serving generation that may take a job now, or NULL. */
struct slot *workers_idle(struct supervisor *supervisor, int *large_too_r);

/* Hands over the job and a connection. Returns 0, or -1 when the worker turned out dead. */
int workers_start(struct supervisor *supervisor, struct slot *slot, struct job *job, int connection,
                  uint32_t queued_us);

void workers_set_state(struct supervisor *supervisor, struct slot *slot,
                       enum board_worker_state state);

/* Takes priority from a worker that has not lost it yet, as if it had used HeavyAfter. */
void workers_lower(struct supervisor *supervisor, struct slot *slot);

/* Ends it now, whatever it does; its job has been taken from it before. */
void workers_kill(struct supervisor *supervisor, struct slot *slot);

/* Lets idle ones of other loads go; busy ones when they are done (jobs_done sees to it). */
void workers_retire(struct supervisor *supervisor, uint64_t load);

/* How many of a load are alive, idle, busy; of the busy ones, how many are heavy (those in the
 * background aside), and how many in the background. */
struct workers_count {
    unsigned alive, idle, busy, heavy, kept;
};
void workers_count(const struct supervisor *supervisor, uint64_t load, struct workers_count *count);

/* 1 if a process of that load is left, dying ones included. */
int workers_left(const struct supervisor *supervisor, uint64_t load);

/* ------------------------------------------------------------------ heavies */

/* How many scans of a load may be heavy at the same time, stopped ones included. */
unsigned heavies_max(const struct supervisor *supervisor);

/* The scan of that slot is heavy now. One too many is answered with error: busy, and its worker
 * ends. */
void heavies_begin(struct supervisor *supervisor, struct slot *slot);

/* Lets a worker go on that may be stopped: its scan is over, or it is to leave. */
void heavies_release(struct slot *slot);

/* Chooses which of them run. Called each SUPERVISOR_TICK_MS, and when one ends. */
void heavies_step(struct supervisor *supervisor, uint64_t now);

/* -------------------------------------------------------------- generations */

/* Loads Bases when wanted and possible, drains, takes over, tries again: called each round. */
void generations_step(struct supervisor *supervisor, uint64_t now);

void generations_event(struct supervisor *supervisor, struct generation *generation);

/* A child ended. Returns 1 if it was a generation process. */
int generations_reaped(struct supervisor *supervisor, pid_t pid, int status);

/* Ends a generation process that does not do its work; its spare takes its place. */
void generations_break(struct supervisor *supervisor, struct generation *generation);

/* Ends a generation process and its spare: their work is done. */
void generations_kill(struct supervisor *supervisor, struct generation *generation);

/* 1 when scans are taken: an engine serves, or a new one is about to. */
int generations_can_serve(const struct supervisor *supervisor);

/* 1 when the process of that load is there to fork workers. */
int generations_can_fork(const struct supervisor *supervisor, uint64_t load);

/* Puts the state on the board. */
void generations_show(struct supervisor *supervisor);

/* -------------------------------------------------------------------- drain */

/* 1, and a line in the log, when there is no room for another engine beside the one that serves. */
int drain_is_needed(struct supervisor *supervisor);

/* Gives the serving generation up; drain_step, called until drain_until_ns is 0, ends it and
 * then asks for the reload. */
void drain_begin(struct supervisor *supervisor, uint64_t now);
void drain_step(struct supervisor *supervisor, uint64_t now);

/* ------------------------------------------------------------------ control */

/* Reload, settings, ping: answered at once. */
void control_request(struct supervisor *supervisor, struct connection *connection,
                     const struct wire_view *view);

/* 1 if the other end of the connection is this user or root, else 0. */
int control_is_trusted(int fd);

/* Of the folder that is to be loaded (bases_stamp), 0 unknown. */
uint64_t control_stamp(const char *bases);

/* Reads "Name=value" lines into settings that hold defaults or more. Returns 0, or -1 and err. */
int control_parse(struct scanner_settings *settings, char *text, struct err *err);

#endif
