/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record: what is remembered of one source between runs, in the state directory's
 * file "source-NAME". It lies outside Bases, so no set of signatures, no
 * rollback and no deletion of Bases makes the updater forget what it has seen.
 *
 * Owner: the run, under the update lock. Threads: one.
 */
#ifndef EPOST_UPDATER_RECORD_H
#define EPOST_UPDATER_RECORD_H

#include <stdint.h>

#include "updater/backoff.h"
#include "updater/index.h"
#include "updater/mirror.h"
#include "updater/result.h"
#include "updater/sources.h"

#define RECORD_HIGHEST_MAX INDEX_FILES_MAX
#define RECORD_ASIDE_MAX   8
#define RECORD_TAG_MAX     256

struct record_highest { /* the highest version seen of a database */
    char name[INDEX_NAME_MAX + 1];
    uint64_t version;
};

struct record_aside { /* a set that failed; not taken again */
    uint8_t digest[INDEX_SHA256];
    enum result result; /* what offering it again means */
    char why[256];
};

struct record_tag { /* of a url source's file: for the next conditional GET */
    char name[INDEX_NAME_MAX + 1];
    char etag[RECORD_TAG_MAX], modified[64];
    uint8_t sha256[INDEX_SHA256]; /* of the content they belong to */
};

struct record {
    int64_t since;   /* first time it was asked */
    int64_t tried;   /* last time */
    int64_t checked; /* last time it answered as it should */
    int64_t fresh; /* how fresh its signatures are: when the index was signed, or it was checked */
    int64_t expires; /* of the last accepted index */
    struct backoff backoff;
    uint64_t serial;              /* highest seen */
    uint8_t digest[INDEX_SHA256]; /* of the index with that serial */
    enum result result;           /* of the last try */
    char message[512];
    struct mirror *mirrors; /* owned: one for each of the source's */
    size_t mirror_count;
    struct record_highest *highest; /* owned */
    size_t highest_count;
    struct record_aside aside[RECORD_ASIDE_MAX]; /* the newest last */
    size_t aside_count;
    struct record_tag tags[SOURCES_FILES_MAX];
    size_t tag_count;
};

/* Times that a clock has noted while it was ahead say nothing: they become unknown, or now. */
void record_forget_future(struct record *record, int64_t now);

/* Reads the record of a source; a new one is empty. Health of mirrors that the source no longer
 * has is dropped. Returns 0 (release with record_free), or -1 and fault. */
int record_load(struct record *record, const char *directory, const struct source *source,
                struct fault *fault);

/* Writes it. Returns 0, or -1 and fault. */
int record_save(const struct record *record, const char *directory, const struct source *source,
                struct fault *fault);

void record_free(struct record *record);

/* The highest version seen of that database, 0 if none. */
uint64_t record_highest(const struct record *record, const char *name);

/* Remembers a version if it is higher than what was seen. Returns 0, or -1 and fault. */
int record_raise(struct record *record, const char *name, uint64_t version, struct fault *fault);

/* Remembers a set that failed; finds it again (NULL: it did not fail). */
void record_put_aside(struct record *record, const uint8_t digest[INDEX_SHA256], enum result result,
                      const char *why);
const struct record_aside *record_is_aside(const struct record *record,
                                           const uint8_t digest[INDEX_SHA256]);

/* The tag of a file, NULL if none; with `make` a new one if there is room. */
struct record_tag *record_tag(struct record *record, const char *name, int make);

#endif
