/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * range: requests for parts, and responses that are parts.
 *
 * Threads: pure functions.
 */
#ifndef EPOST_AV_RANGE_H
#define EPOST_AV_RANGE_H

#include <stdint.h>

/* 1 if a message of that HTTP status (0 for a request), Content-Range and
 * Content-Type (NULL: absent) carries only a part of a whole, else 0. A range
 * that says it is the whole ("bytes 0-9/10") is one if the body has that many
 * bytes: *whole_r is their number, 0 when nothing is said. A field that cannot
 * be read, or has an unknown total, means a part. */
int range_is_part(int status, const char *content_range, const char *content_type,
                  uint64_t *whole_r);

/* 1 if the path of the URL ends in one of the endings ("exe zip", separated by
 * blanks or commas, without regard to case), else 0. */
int range_is_risky(const char *url, const char *endings);

#endif
