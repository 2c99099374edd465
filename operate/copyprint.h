/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * copyprint: what is told of a copy on a terminal, or to a program.
 *
 * Threads: one; writes to standard output.
 */
#ifndef EPOST_OPERATE_COPYPRINT_H
#define EPOST_OPERATE_COPYPRINT_H

#include <stddef.h>

#include "common/event.h"

/* Hostile text, made plain. */
void copyprint_text(const char *text, size_t length);

/* One line of a list. */
void copyprint_row(const char *number, const struct event *event);

/* The event as one JSON object, with the copy's number as `kept`. Returns 0, or -1 when it does not
 * fit. */
int copyprint_json(const char *number, const struct event *event);

#endif
