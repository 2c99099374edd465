/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * set: a list of signature files and the sources they came from: what a
 * generation consists of, or what one source offers.
 *
 * Owner: whoever initialised it with zeros; set_free. Threads: one at a time.
 */
#ifndef EPOST_UPDATER_SET_H
#define EPOST_UPDATER_SET_H

#include "updater/index.h"
#include "updater/result.h"
#include "updater/sources.h"

#define SET_LOCAL "local" /* the source of files that no source brought */

struct set_file {
    struct index_file file;
    char source[SOURCES_NAME_MAX + 1];
};

struct set {
    struct set_file *files;
    size_t count;
};

/* Adds a file. Returns 0, or -1 and fault (too many files, memory). */
int set_add(struct set *set, const struct index_file *file, const char *source,
            struct fault *fault);

/* Adds all files of `from`, or those of one source (NULL: all). Returns 0, or -1 and fault. */
int set_add_all(struct set *set, const struct set *from, const char *source, struct fault *fault);

/* The file in the same place (index_same_place), or NULL. */
const struct set_file *set_find(const struct set *set, const char *name);

/* SHA-256 over the sorted names, sizes and hashes of one source's files: what they are, in
 * whatever order they are listed. NULL: of all, and then who brings each counts too, so that a
 * source takes over the very files that lay there before it, once. */
void set_digest(const struct set *set, const char *source, uint8_t digest[INDEX_SHA256]);

/* Bytes of one source's files (NULL: of all). */
uint64_t set_bytes(const struct set *set, const char *source);

/* Files of one source. */
size_t set_count(const struct set *set, const char *source);

/* "daily 27500, main 62": the versions known among one source's files, cut to size. */
void set_versions(const struct set *set, const char *source, char *text, size_t size);

void set_free(struct set *set);

#endif
