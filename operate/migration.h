/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * migration: what was read from another service's configuration, and our files made of it.
 *
 * Lines become settings, exceptions or remarks. Nothing of a foreign text reaches
 * a file of ours but numbers, patterns of printable ASCII without blanks, and
 * remarks that are escaped behind a '#'.
 *
 * Owner: one struct migration, freed by migration_free. Threads: one.
 */
#ifndef EPOST_OPERATE_MIGRATION_H
#define EPOST_OPERATE_MIGRATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/buf.h"
#include "common/err.h"

#define MIGRATION_SETTINGS_MAX   32
#define MIGRATION_EXCEPTIONS_MAX 20000
#define MIGRATION_ALIASES_MAX    64
#define MIGRATION_TEXT_MAX       (4u * 1024u * 1024u) /* bytes of a file of ours */

struct migration_setting {
    char name[32], value[32], origin[160];
};

enum migration_error { MIGRATION_ERROR_AS_IS, MIGRATION_ERROR_PASS, MIGRATION_ERROR_BLOCK };

struct migration {
    char file[96]; /* where the present line comes from, made plain */
    unsigned line;
    char text[128]; /* the present line, made plain */
    struct migration_setting setting[MIGRATION_SETTINGS_MAX];
    size_t settings;
    char alias[MIGRATION_ALIASES_MAX][64]; /* names beside those of the sample */
    size_t aliases;
    enum migration_error error;
    bool blocks_encrypted, blocks_heuristics, never_204;
    bool has_no_size_limit;            /* one of the names had none */
    bool bans_archives, scans_nothing; /* of squidclamav: enable_libarchive, ScanNothingExcept */
    struct buf exceptions, skips, bans, remarks, sources;
    size_t exception_count, remark_count;
    size_t known, unknown; /* lines that one of the services knows, and others */
    bool overflow;         /* something did not fit: the result is not whole */
};

void migration_init(struct migration *m);
void migration_free(struct migration *m);

/* Which file and line comes now; what follows is told with it. */
void migration_at(struct migration *m, const char *file, unsigned line, const char *text);

/* Sets one of our directives; a later line replaces an earlier one, as in c-icap. */
void migration_set(struct migration *m, const char *name, const char *value);

/* The value that was set, or the given one. Valid until the next change of settings. */
const char *migration_get(const struct migration *m, const char *name, const char *otherwise);

/* Takes one of our directives back. */
void migration_unset(struct migration *m, const char *name);

/* Adds "VERB KIND PATTERN" to the exceptions: those that skip, those that block names, and
 * others. A pattern that could not be read back as it is becomes a remark. */
void migration_exception(struct migration *m, const char *rule, const char *pattern);

/* Adds a name that clients ask for. */
void migration_alias(struct migration *m, const char *name);

/* A remark about the present line. */
void migration_remark(struct migration *m, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Puts the exceptions together: without those that were not in force. Once, at the end. */
void migration_finish(struct migration *m);

/* Our configuration as text. `exceptions` is the file's path, or NULL where it is the default.
 * Returns 0, or -1 and err: a ceiling was reached. */
EPOST_MUST_CHECK int migration_print(struct migration *m, const char *exceptions, struct buf *out,
                                     struct err *err);

#endif
