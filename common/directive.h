/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directive: configuration as one table.
 *
 * A program describes each directive once, in a row: name, type, where it goes
 * in its settings struct, default, range, unit, a sentence. Defaults, checks,
 * messages, the commented sample file and the manual's list all come from the
 * rows.
 *
 * Ownership: DIRECTIVE_STRING fields are char * that the settings struct owns;
 * directive_release frees them. Threads: the tables are constant; a settings
 * struct is filled by one thread.
 */
#ifndef EPOST_COMMON_DIRECTIVE_H
#define EPOST_COMMON_DIRECTIVE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "common/err.h"

enum directive_type {
    DIRECTIVE_INT,     /* int64_t */
    DIRECTIVE_SIZE,    /* int64_t bytes; K, M, G suffixes are powers of 1024 */
    DIRECTIVE_SECONDS, /* int64_t milliseconds; written "6", "0.5", "250ms", "2m", "1h", "7d" */
    DIRECTIVE_BOOL,    /* int; on/off, yes/no, true/false, 1/0 */
    DIRECTIVE_MODE,    /* int64_t, octal file mode */
    DIRECTIVE_STRING,  /* char *, owned */
    DIRECTIVE_CHOICE,  /* int, index into choices ("allow|strip|strip-risky") */
    DIRECTIVE_CUSTOM   /* parsed by the row's own function; may be given repeatedly */
};

struct directive {
    const char *name;
    enum directive_type type;
    size_t offset;            /* of the field in the settings struct */
    const char *default_text; /* as an operator would write it; NULL: none */
    int64_t min, max;    /* INT, SIZE (bytes), SECONDS (milliseconds), MODE; STRING: max length */
    const char *unit;    /* for people: "bytes", "seconds", "" */
    const char *choices; /* CHOICE only */
    const char *doc;     /* a sentence or two, no newline */
    int (*parse)(void *settings, const char *value, struct err *err); /* CUSTOM only */
};

/* Sets every row's default. Returns 0, or -1 and err (a default that its own row refuses). */
EPOST_MUST_CHECK int directive_defaults(const struct directive *rows, size_t count, void *settings,
                                        struct err *err);

/* Sets one directive from text. The name is compared without regard to case.
 * Returns 0; or -1 and err, which names the directive, the value and what is
 * allowed. An unknown name is an error that names the closest known one. */
EPOST_MUST_CHECK int directive_set(const struct directive *rows, size_t count, void *settings,
                                   const char *name, const char *value, struct err *err);

/* Reads "PREFIXName value…" lines from a file; '#' starts a comment. Lines
 * without the prefix, or with a name that is in no row, are skipped if
 * `skip_foreign` (the file is another program's, which checks it), else errors.
 * Values may be double-quoted. At most 1 MiB. Errors read "file:line: …". Returns 0 or -1. */
EPOST_MUST_CHECK int directive_read_file(const struct directive *rows, size_t count, void *settings,
                                         const char *path, const char *prefix, int skip_foreign,
                                         struct err *err);

/* Writes the commented sample: doc, default, range and unit of each row. */
void directive_print_sample(FILE *out, const struct directive *rows, size_t count,
                            const char *prefix);

/* Writes "Name=value" of one row as directive_set would read it back into
 * text[size]. Returns 0, or -1 if it does not fit or the row is CUSTOM. */
int directive_format(const struct directive *row, const void *settings, char *text, size_t size);

/* The allowed values, for people: "1 to 256 processes", "on or off". */
void directive_allowed(const struct directive *row, char *text, size_t size);

/* Frees the strings; the struct may then be filled anew. */
void directive_release(const struct directive *rows, size_t count, void *settings);

#endif
