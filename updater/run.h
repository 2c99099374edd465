/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * run: what all steps of one update share, and what a source has to say.
 *
 * Owner: the main program. Threads: one.
 */
#ifndef EPOST_UPDATER_RUN_H
#define EPOST_UPDATER_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "updater/generation_dir.h"
#include "updater/record.h"
#include "updater/rng.h"
#include "updater/settings.h"
#include "updater/sources.h"
#include "updater/store.h"

struct run {
    const struct settings *settings;
    struct store store;
    struct sources sources;
    struct record records[SOURCES_MAX]; /* one for each source */
    struct generation current;          /* what Bases points to */
    struct rng rng;
    int64_t now;          /* Unix seconds, of the run's start */
    uint64_t deadline_ms; /* CLOCK_MONOTONIC: no transfer goes on after that */
    int force, check, quiet, verbose;
    bool has_new;            /* this run has brought a generation that serves */
    const char *from;        /* --from DIR, or NULL */
    const char *only_source; /* --source NAME, or NULL */
};

/* The result of asking one source. */
struct offer {
    enum result result; /* UPDATED: `set` is new. CURRENT: nothing new. Else why not, see message */
    char message[512];
    char mirror[MIRROR_URL_MAX];  /* who answered last */
    char before[256], after[256]; /* versions, for people */
    int settled;                  /* it failed with the run, whose message says why */
    uint64_t received;            /* bytes over the network */
    uint64_t ms;
    int asked;        /* somebody was asked: it was due, and not left alone */
    int partial;      /* some of its files failed and are the old ones; see message */
    int64_t retry_at; /* when it wants to be asked again after a failure, 0: not said */
    int64_t fresh;    /* how fresh its signatures are once the set serves, 0: as before */
    uint64_t serial;  /* of its index */
    struct set set;   /* UPDATED: all its files; their content is on this disk */
};

/* Says which step begins (--verbose), so that one can follow, and stop it there. */
void run_step(const struct run *run, const char *name, const char *detail);

/* Tells something that the operator should know; not with --quiet. */
void run_note(const struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for what went wrong: to standard error, even with --quiet. */
void run_warn(const struct run *run, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Progress of a transfer on a terminal, for fetch_request.progress; NULL when it is not wanted. */
void (*run_progress(const struct run *run))(const char *what, uint64_t done, uint64_t total);

/* Ends a progress line, if one is there. */
void run_progress_end(void);

#endif
