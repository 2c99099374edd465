/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * trustedfile: files that decide what the monitor does or proves who it is: rules,
 * keys, tokens, programs. One that others than root and the monitor's user can
 * change is refused.
 *
 * Threads: any; nothing is kept.
 */
#ifndef EPOST_OPERATE_TRUSTEDFILE_H
#define EPOST_OPERATE_TRUSTEDFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/buf.h"
#include "common/err.h"

enum trustedfile_kind {
    TRUSTEDFILE_OPEN,   /* others may read it */
    TRUSTEDFILE_SECRET, /* others may not */
    TRUSTEDFILE_PROGRAM /* others may read it, this user can execute it */
};

/* Opens a regular file that belongs to root or to this process's user, that neither group nor
 * others can write, and that fits its kind. Returns the descriptor, or -1 and err. */
EPOST_MUST_CHECK int trustedfile_open(const char *path, enum trustedfile_kind kind,
                                      struct err *err);

/* Appends its whole content; more than the buffer's ceiling, or a NUL byte, is an error. Returns
 * 0, or -1 and err. */
EPOST_MUST_CHECK int trustedfile_read(const char *path, enum trustedfile_kind kind,
                                      struct buf *text, struct err *err);

/* Its only line, of at least one character and less than `size`, into line[size]; blanks around it
 * are cut. Returns 0, or -1 and err. */
EPOST_MUST_CHECK int trustedfile_line(const char *path, enum trustedfile_kind kind, char *line,
                                      size_t size, struct err *err);

#endif
