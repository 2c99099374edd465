/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store: where things lie on disk, and the lock on all of it.
 *
 *     Bases -> .bases/gen-7     what serves
 *     .bases/gen-N/             kept generations (common/bases.h)
 *     .bases/new/               a generation that is being built
 *     .bases/fetch/             what was downloaded: HASH is whole and was
 *                               verified, HASH.part is not
 *     STATE/lock                held by the one updater that runs
 *     STATE/gen-N               what generation N consists of, and from where
 *     STATE/source-NAME         see record.h
 *     STATE/run                 the last run, the next generation's number
 *
 * Owner: the run. Threads: one.
 */
#ifndef EPOST_UPDATER_STORE_H
#define EPOST_UPDATER_STORE_H

#include <stdint.h>

#include "updater/result.h"
#include "updater/settings.h"
#include "updater/state.h"

struct store {
    const char *bases, *state;   /* the settings' */
    char parent[STATE_PATH_MAX]; /* the directory Bases lies in */
    char root[STATE_PATH_MAX];   /* parent/.bases */
    char fresh[STATE_PATH_MAX];  /* root/new */
    char fetch[STATE_PATH_MAX];  /* root/fetch */
    int lock_fd;                 /* -1: not held */
};

/* Works out the places. Returns 0, or -1 and fault (paths too long). */
int store_init(struct store *store, const struct settings *settings, struct fault *fault);

/* Makes the state directory and takes the lock, without waiting: RESULT_LOCKED when another
 * updater has it. Returns 0, or -1 and fault. */
int store_lock(struct store *store, struct fault *fault);

/* Makes the directories beside Bases. Returns 0, or -1 and fault. */
int store_make(struct store *store, struct fault *fault);

/* Whether another updater runs now (for --status). */
int store_is_locked(const struct store *store);

void store_close(struct store *store);

/* root/gen-N */
void store_generation_path(const struct store *store, uint64_t number, char path[STATE_PATH_MAX]);

/* fetch/HASH with `suffix` behind it ("" or ".part"). */
void store_object_path(const struct store *store, const uint8_t sha256[32], const char *suffix,
                       char path[STATE_PATH_MAX]);

#endif
