/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store: the database of events: what is put in, and what goes out again by age
 * and size. operate/find.h reads it.
 *
 * SQLite in WAL mode; a batch is one transaction that is on the disk when
 * store_put returns, so neither a killed process nor a lost machine takes it
 * back. Every event counts in the hourly tallies, also those that are not kept.
 *
 * Owner: the writing thread. Threads: one, but for store_numbers.
 */
#ifndef EPOST_OPERATE_STORE_H
#define EPOST_OPERATE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"

#define STORE_BATCH     2000       /* events in one transaction */
#define STORE_BATCH_MAX (8u << 20) /* bytes of them */

struct store;

struct store_options {
    const char *path;
    bool keep_clean;
    uint64_t keep_ms;
    uint64_t keep_bytes;
};

/* The size of the store, for metrics and pages. */
struct store_numbers {
    uint64_t bytes;  /* used pages */
    uint64_t events; /* rows */
    char error[256]; /* why the last batch was not taken, "" when it was */
};

/* Opens or makes the database. One that is damaged is put aside under another name, and *aside_r
 * says so. Returns it, or NULL and err. */
EPOST_MUST_CHECK struct store *store_open(const struct store_options *options, bool *aside_r,
                                          struct err *err);
void store_close(struct store **store);

/* Puts a batch as backlog_take gives it. Returns 0 with *kept_r the events that are rows now; or
 * -1 and err, and none of them is in. */
EPOST_MUST_CHECK int store_put(struct store *store, const struct buf *batch, uint64_t *kept_r,
                               struct err *err);

/* Removes what is too old or too much, a bounded piece of it. Returns how many rows went, or -1
 * and err. */
long store_prune(struct store *store, uint64_t now_ms, struct err *err);

/* Removes every event of a user, whatever the case of the name. Returns how many, or -1 and err. */
long store_forget(struct store *store, const char *user, struct err *err);

/* Any thread. */
void store_numbers(struct store *store, struct store_numbers *numbers);

#endif
