/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * generation: one set of signature files on disk, what it consists of, and the
 * list of all that are kept.
 *
 * A generation appears by one rename of .bases/new to .bases/gen-N, whole and
 * synced; its description (STATE/gen-N) is written before. A directory without a
 * description, or a description without a directory, is what an interrupted run
 * left, and is cleaned away by the next one.
 *
 * Owner: the run, under the update lock. Threads: one.
 */
#ifndef EPOST_UPDATER_GENERATION_DIR_H
#define EPOST_UPDATER_GENERATION_DIR_H

#include <stdint.h>

#include "updater/set.h"
#include "updater/store.h"

#define GENERATIONS_MAX 64

struct generation_source { /* what a source contributed */
    char name[SOURCES_NAME_MAX + 1];
    uint64_t serial; /* of its index, 0 for other kinds */
};

struct generation {
    uint64_t number;     /* 0: none */
    int64_t created;     /* Unix seconds */
    uint64_t signatures; /* as the test-load counted them, 0 unknown */
    int confirmed;       /* a scanner was seen serving it, or none was running */
    struct set set;
    struct generation_source sources[SOURCES_MAX];
    size_t source_count;
};

/* The number Bases points to: 0 when there is no link, or it points elsewhere. */
uint64_t generation_current(const struct store *store);

/* Numbers of the generation directories, ascending. Returns how many, or -1 and fault. */
int generation_list(const struct store *store, uint64_t numbers[GENERATIONS_MAX],
                    struct fault *fault);

/* A number that no generation has had. Returns it, or 0 and fault. */
uint64_t generation_next(const struct store *store, struct fault *fault);

/* Reads the description; *found_r says whether there is one. Returns 0 (release with
 * generation_free), or -1 and fault. */
int generation_load(const struct store *store, uint64_t number, struct generation *generation,
                    int *found_r, struct fault *fault);

/* Writes it. Returns 0, or -1 and fault. */
int generation_save(const struct store *store, const struct generation *generation,
                    struct fault *fault);

/* Describes a directory that has no description: its signature files, all local. Returns 0, or -1
 * and fault. */
int generation_survey(const char *directory, struct generation *generation, struct fault *fault);

/* The serial a source contributed, 0 if none. */
uint64_t generation_serial(const struct generation *generation, const char *source);
void generation_set_serial(struct generation *generation, const char *source, uint64_t serial);

/* Builds .bases/new from the set: hard links to what was fetched, or to what generation
 * `from` has; copies where the file system has no links. Every file's hash is checked as
 * it lies there, and everything is synced. Returns 0, or -1 and fault. */
int generation_build(const struct store *store, const struct set *set,
                     const struct generation *from, struct fault *fault);

/* Makes .bases/new generation N. Returns 0, or -1 and fault. */
int generation_publish(const struct store *store, uint64_t number, struct fault *fault);

/* Deletes a generation, unless somebody reads it (then nothing happens and *busy_r is 1).
 * Returns 0, or -1 and fault. */
int generation_delete(const struct store *store, uint64_t number, int *busy_r, struct fault *fault);

void generation_free(struct generation *generation);

#endif
