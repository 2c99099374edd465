/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * index: the signed list of a mirror (doc/mirror-format.md), read and written.
 *
 * index_parse must only see bytes whose signature was checked; it is
 * nevertheless as strict as if they were hostile. An index that is accepted
 * obeys every rule of the format, so nobody has to check again.
 *
 * Owner: whoever holds the struct index; index_free. Threads: one at a time.
 */
#ifndef EPOST_UPDATER_INDEX_H
#define EPOST_UPDATER_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"

#define INDEX_FILE_NAME    "index.xml"
#define INDEX_SIG_NAME     "index.xml.minisig"
#define INDEX_OBJECTS      "objects"
#define INDEX_FORMAT       1
#define INDEX_SIZE_MAX     (1u << 20)
#define INDEX_FILES_MAX    1024
#define INDEX_NAME_MAX     96 /* characters of a file's name */
#define INDEX_SET_NAME_MAX 32 /* characters of the set's name */
#define INDEX_FILE_MAX     (4ull << 30)
#define INDEX_LIFE_MAX     (366ll * 86400) /* seconds from created to expires */
#define INDEX_COMMENT_MAX  1024            /* bytes of a trusted comment, with NUL */
#define INDEX_OBJECT_MAX   80              /* bytes of an object's path, with NUL */
#define INDEX_SHA256       32

struct index_file {
    char name[INDEX_NAME_MAX + 1];
    uint64_t size;
    uint8_t sha256[INDEX_SHA256];
    uint64_t version; /* 0: unknown */
};

struct index {
    char name[INDEX_SET_NAME_MAX + 1];
    uint64_t serial;
    int64_t created, expires; /* Unix seconds */
    struct index_file *files; /* owned, in the order of the document */
    size_t count;
};

/* The claims in the trusted comment of the signature. */
struct index_claim {
    uint64_t serial;
    int64_t created, expires;
};

/* Parses. Returns 0 (release with index_free), or -1 and err naming line and
 * element; *index is then empty. */
EPOST_MUST_CHECK int index_parse(struct index *index, const void *data, size_t length,
                                 struct err *err);

/* Writes the document into `out` (created with a ceiling of at least
 * INDEX_SIZE_MAX). Checks every rule first. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int index_write(const struct index *index, struct buf *out, struct err *err);

/* Adds a file. Returns 0, or -1 and err (a rule broken, memory). */
EPOST_MUST_CHECK int index_add(struct index *index, const struct index_file *file, struct err *err);

/* The file of that name, or NULL. */
const struct index_file *index_find(const struct index *index, const char *name);

void index_free(struct index *index);

/* The trusted comment that goes with an index. */
void index_claim_format(const struct index *index, char text[INDEX_COMMENT_MAX]);

/* Reads a trusted comment. Returns 0, or -1 and err: a field missing, twice, or malformed,
 * or it is about another file. */
EPOST_MUST_CHECK int index_claim_parse(struct index_claim *claim, const char *text,
                                       struct err *err);

/* Checks one file's name by the rules of the format. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int index_check_name(const char *name, struct err *err);

/* "objects/ab/ab12…" for that hash. */
void index_object_path(const uint8_t sha256[INDEX_SHA256], char path[INDEX_OBJECT_MAX]);

/* Whether two names fill the same place in Bases: equal, or the same stem with .cvd, .cld, .cud. */
int index_same_place(const char *one, const char *other);

#endif
