/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * eventdoc: the description of the events, made from the table in common/event.h:
 * doc/events.schema.json and the tables in doc/events.md ("make update-events").
 *
 * Threads: pure functions.
 */
#ifndef EPOST_COMMON_EVENTDOC_H
#define EPOST_COMMON_EVENTDOC_H

#include <stdio.h>

/* Writes the JSON schema of the JSON form. */
void eventdoc_schema(FILE *out);

/* Writes the tables of fields and kinds as Markdown. */
void eventdoc_tables(FILE *out);

#endif
