/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/schema.h"

#define SCHEMA_ROW(field, name) {EVENT_FIELD_##field, name},
const struct schema_column schema_columns[] = {SCHEMA_COLUMNS(SCHEMA_ROW)};

_Static_assert(sizeof schema_columns / sizeof schema_columns[0] == SCHEMA_COLUMN_COUNT,
               "SCHEMA_COLUMN_COUNT");

/* Empty columns are NULL and in no index. verdict, reason and action hold their numbers. */
#define SCHEMA_INDEX(field, name)                                                                  \
    "CREATE INDEX IF NOT EXISTS by_" name " ON events(" name ") WHERE " name " IS NOT NULL;"

const char schema_text[] =
    "CREATE TABLE IF NOT EXISTS events("
    "number INTEGER PRIMARY KEY,time INTEGER NOT NULL,kind INTEGER NOT NULL,verdict INTEGER,"
    "reason INTEGER,action INTEGER,id TEXT,client TEXT,user TEXT,host TEXT,name TEXT,sha256 TEXT,"
    "threat TEXT,message_id TEXT,record BLOB NOT NULL);"
    "CREATE INDEX IF NOT EXISTS by_time ON events(time);" SCHEMA_COLUMNS(
        SCHEMA_INDEX) "CREATE INDEX IF NOT EXISTS by_infected ON events(verdict) WHERE verdict=2;"
                      "CREATE INDEX IF NOT EXISTS by_kind ON events(kind) WHERE verdict IS NULL;"
                      /* The counts of an hour (Unix time / 3600), clean requests too. */
                      "CREATE TABLE IF NOT EXISTS tally("
                      "hour INTEGER NOT NULL,kind INTEGER NOT NULL,profile TEXT NOT NULL,verdict "
                      "INTEGER NOT NULL,"
                      "reason INTEGER NOT NULL,action INTEGER NOT NULL,count INTEGER NOT "
                      "NULL,bytes INTEGER NOT NULL,"
                      "PRIMARY KEY(hour,kind,profile,verdict,reason,action))WITHOUT ROWID;"
                      /* How long scans took in an hour, by bucket of the histogram of scan times.
                       */
                      "CREATE TABLE IF NOT EXISTS speed("
                      "hour INTEGER NOT NULL,bucket INTEGER NOT NULL,count INTEGER NOT NULL,"
                      "PRIMARY KEY(hour,bucket))WITHOUT ROWID;";
