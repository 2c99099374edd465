/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * migratefile: a configuration file read line by line, and one of ours written.
 *
 * Threads: one. No state.
 */
#ifndef EPOST_OPERATE_MIGRATEFILE_H
#define EPOST_OPERATE_MIGRATEFILE_H

#include <stdbool.h>

#include "operate/migration.h"

#define MIGRATEFILE_MAX      (1024u * 1024u) /* bytes of a file */
#define MIGRATEFILE_LINE_MAX 4000            /* bytes of a line */

/* Calls `take` with each line, which it may cut, after migration_at. A line that is too long or
 * holds a NUL becomes a remark. Returns 0; or -1 and err: the file cannot be read, is no regular
 * file or too large. */
EPOST_MUST_CHECK int migratefile_each(struct migration *m, const char *path,
                                      void (*take)(struct migration *m, char *line),
                                      struct err *err) __attribute__((warn_unused_result));

/* Whether migratefile_write would find its place free. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int migratefile_check(const char *path, bool replace, struct err *err)
    __attribute__((warn_unused_result));

/* Writes a new file, mode 0644, that appears whole. One that exists is never overwritten: with
 * `replace` it gets the ending ".before-migrate", if no such file exists. Returns 0, or -1 and
 * err. */
EPOST_MUST_CHECK int migratefile_write(const char *path, const char *text, bool replace,
                                       struct err *err) __attribute__((warn_unused_result));

#endif
