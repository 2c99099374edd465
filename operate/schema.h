/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * schema: the tables of the event database, and which fields can be searched.
 *
 * Texts that are searched are kept a second time in lower case, in columns of
 * their own; the record itself is kept as it came (common/eventwire.h).
 *
 * Threads: constant data.
 */
#ifndef EPOST_OPERATE_SCHEMA_H
#define EPOST_OPERATE_SCHEMA_H

#include "common/event.h"

#define SCHEMA_VERSION 1

/* COLUMN(identifier of the field, column): a text with an index of its own. */
#define SCHEMA_COLUMNS(COLUMN)                                                                     \
    COLUMN(ID, "id")                                                                               \
    COLUMN(CLIENT, "client")                                                                       \
    COLUMN(USER, "user")                                                                           \
    COLUMN(HOST, "host")                                                                           \
    COLUMN(NAME, "name")                                                                           \
    COLUMN(SHA256, "sha256")                                                                       \
    COLUMN(THREAT, "threat")                                                                       \
    COLUMN(MESSAGE_ID, "message_id")

struct schema_column {
    enum event_field field;
    const char *name;
};

extern const struct schema_column schema_columns[];
#define SCHEMA_COLUMN_COUNT 8

/* Statements that make the tables and indexes. */
extern const char schema_text[];

#endif
