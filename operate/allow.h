/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * allow: adds a line to the operator's file of exceptions and has the service
 * read it again.
 *
 * The new file takes the old one's place in one step; the old one stays beside
 * it as FILE.before.
 * Threads: one.
 */
#ifndef EPOST_OPERATE_ALLOW_H
#define EPOST_OPERATE_ALLOW_H

#include <stdbool.h>

#include "common/err.h"
#include "operate/conf.h"

/* Adds "skip sha256 HEX". *is_new_r is false when the line was there already. Returns 0, or -1 and
 * err, and nothing was changed. */
EPOST_MUST_CHECK int allow_sha256(const struct conf *conf, const char *hex, const char *why,
                                  bool *is_new_r, struct err *err);

/* Adds "allow threat NAME". The same. */
EPOST_MUST_CHECK int allow_threat(const struct conf *conf, const char *threat, const char *why,
                                  bool *is_new_r, struct err *err);

#endif
