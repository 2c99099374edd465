/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sources: where signatures come from: sources.xml (sources.xml(5)), read into
 * structs and checked.
 *
 * Owner: the updater's run; sources_free. Threads: constant after reading.
 */
#ifndef EPOST_UPDATER_SOURCES_H
#define EPOST_UPDATER_SOURCES_H

#include <stddef.h>
#include <stdint.h>

#include "common/err.h"
#include "updater/index.h"
#include "updater/minisig.h"
#include "updater/mirror.h"

#define SOURCES_MAX           32
#define SOURCES_NAME_MAX      32 /* characters of a source's name */
#define SOURCES_KEYS_MAX      8
#define SOURCES_FILES_MAX     64 /* of a url source */
#define SOURCES_DATABASES_MAX 16
#define SOURCES_PATH_MAX      512           /* bytes of a directory's path, its NUL too */
#define SOURCES_TOTAL_MAX     (64ull << 30) /* bytes, the ceiling of maxSize */

enum source_type { SOURCE_MANIFEST, SOURCE_CLAMAV, SOURCE_URL, SOURCE_DIRECTORY };

struct source_file { /* of a url source */
    char *url;
    char name[INDEX_NAME_MAX + 1];
};

struct source {
    enum source_type type;
    char name[SOURCES_NAME_MAX + 1];
    int required;      /* its failure is the run's failure; else a warning */
    int64_t interval;  /* seconds between two questions */
    uint64_t max_size; /* bytes of all its files together */
    unsigned allow;    /* SOURCES_ALLOW_… */
    /* manifest: mirrors; clamav: servers */
    char *mirrors[MIRRORS_MAX]; /* owned, each ends in / */
    size_t mirror_count;
    /* manifest */
    struct minisig_key keys[SOURCES_KEYS_MAX];
    size_t key_count;
    /* clamav */
    char databases[SOURCES_DATABASES_MAX][INDEX_NAME_MAX + 1];
    size_t database_count;
    char dns[256];  /* the name that is asked for versions, "" for none */
    int is_private; /* a mirror of one's own: no DNS, CLD files too */
    int cdiff;      /* incremental updates */
    /* url */
    int insecure;              /* http:// is accepted */
    struct source_file *files; /* owned */
    size_t file_count;
    /* directory */
    char *path; /* owned, absolute */
};

/* File types that change or switch off what other files find. */
#define SOURCES_ALLOW_CBC  0x01u
#define SOURCES_ALLOW_CFG  0x02u
#define SOURCES_ALLOW_IGN  0x04u
#define SOURCES_ALLOW_IGN2 0x08u
#define SOURCES_ALLOW_FP   0x10u
#define SOURCES_ALLOW_SFP  0x20u

struct sources {
    struct source *list; /* owned, in the order of the file: the first has precedence */
    size_t count;
};

/* Reads the file. Returns 0 (release with sources_free), or -1 and err:
 * "path: line N: <element>: what is wrong". */
EPOST_MUST_CHECK int sources_read(struct sources *sources, const char *path, struct err *err);

/* The same from memory; key files named in it are read. */
EPOST_MUST_CHECK int sources_parse(struct sources *sources, const void *data, size_t length,
                                   struct err *err);

void sources_free(struct sources *sources);

/* The source of that name, or NULL. */
const struct source *sources_find(const struct sources *sources, const char *name);

/* Whether the source may bring a file of that name. Returns 0, or -1 and err that says which
 * attribute would allow it. */
EPOST_MUST_CHECK int sources_allows(const struct source *source, const char *name, struct err *err);

/* "manifest", "clamav", "url", "directory" */
const char *sources_type_name(enum source_type type);

#endif
