/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * when: points in time as they are written in indexes, states and logs:
 * "2026-01-02T03:04:05Z", always UTC, years 1970 to 9999.
 *
 * Owner: nobody; pure functions. Threads: any.
 */
#ifndef EPOST_UPDATER_ISO8601_H
#define EPOST_UPDATER_ISO8601_H

#include <stddef.h>
#include <stdint.h>

#define WHEN_TEXT 21 /* bytes with NUL */

/* Reads exactly that form into Unix seconds. Returns 0, or -1. */
int iso8601_parse(const char *text, int64_t *iso8601_r);

/* Writes it; a time outside the range is written as its nearest end. Returns text. */
const char *iso8601_format(int64_t when, char text[WHEN_TEXT]);

/* A span for people: "45 s", "12 min", "3 h", "9 days". Returns text. */
const char *iso8601_span(int64_t seconds, char text[WHEN_TEXT]);

#endif
