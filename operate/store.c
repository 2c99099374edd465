/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/store.h"

#include <ctype.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/eventwire.h"
#include "common/verdict.h"
#include "operate/classify.h"
#include "operate/metrics.h"
#include "operate/schema.h"

#define STORE_BUSY_MS     5000
#define STORE_PRUNE       5000 /* rows removed at a time */
#define STORE_TALLY_HOURS (400u * 24u)
#define STORE_TEXT_MAX    1024 /* bytes of a column */

enum store_statement { STORE_INSERT, STORE_TALLY, STORE_SPEED, STORE_STATEMENTS };

static const char *const store_sql[STORE_STATEMENTS] = {
    "INSERT INTO events(time,kind,verdict,reason,action,record,"
    "id,client,user,host,name,sha256,threat,message_id)"
    "VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14)",
    ("INSERT INTO tally VALUES(?1,?2,?3,?4,?5,?6,?7,?8) ON CONFLICT DO UPDATE SET "
     "count=count+excluded.count,bytes=bytes+excluded.bytes"),
    "INSERT INTO speed VALUES(?1,?2,1) ON CONFLICT DO UPDATE SET count=count+1",
};

struct store {
    struct store_options options;
    char *path;
    sqlite3 *db;
    sqlite3_stmt *statement[STORE_STATEMENTS];
    pthread_mutex_t mutex; /* of numbers */
    struct store_numbers numbers;
};

static int store_failed(struct store *store, struct err *err, const char *what)
{
    return err_set(err, "%s %s: %s", what, store->path, sqlite3_errmsg(store->db));
}

/* -------------------------------------------------------------------- opening */

static int store_one(struct store *store, const char *sql, int64_t *number_r)
{
    sqlite3_stmt *statement;
    int result = -1;

    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
        return -1;
    if (sqlite3_step(statement) == SQLITE_ROW) {
        *number_r = sqlite3_column_int64(statement, 0);
        result = 0;
    }
    sqlite3_finalize(statement);
    return result;
}

static int store_prepare(struct store *store, struct err *err)
{
    int64_t version = 0;
    char pragma[64];

    /* FULL: a batch is on the disk when it is called stored. */
    if (sqlite3_exec(store->db,
                     "PRAGMA auto_vacuum=INCREMENTAL;PRAGMA journal_mode=WAL;"
                     "PRAGMA synchronous=FULL;PRAGMA cache_size=-65536;"
                     "PRAGMA journal_size_limit=67108864;PRAGMA trusted_schema=OFF",
                     NULL, NULL, NULL) != SQLITE_OK ||
        store_one(store, "PRAGMA user_version", &version) < 0)
        return store_failed(store, err, "cannot use");
    if (version > SCHEMA_VERSION)
        return err_set(err, "%s was made by a later version", store->path);
    snprintf(pragma, sizeof pragma, "PRAGMA user_version=%d", SCHEMA_VERSION);
    if (sqlite3_exec(store->db, schema_text, NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_exec(store->db, pragma, NULL, NULL, NULL) != SQLITE_OK)
        return store_failed(store, err, "cannot make the tables of");
    for (int i = 0; i < STORE_STATEMENTS; i++)
        if (sqlite3_prepare_v3(store->db, store_sql[i], -1, SQLITE_PREPARE_PERSISTENT,
                               &store->statement[i], NULL) != SQLITE_OK)
            return store_failed(store, err, "cannot use");
    return 0;
}

static void store_close_db(struct store *store)
{
    for (int i = 0; i < STORE_STATEMENTS; i++) {
        sqlite3_finalize(store->statement[i]);
        store->statement[i] = NULL;
    }
    sqlite3_close(store->db);
    store->db = NULL;
}

static int store_open_db(struct store *store, struct err *err)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

    if (sqlite3_open_v2(store->path, &store->db, flags, NULL) != SQLITE_OK)
        return err_set(err,
                       "cannot open %s: %s (does its directory exist, and may this user write "
                       "there? systemctl start epost-monitord makes it)",
                       store->path, sqlite3_errmsg(store->db));
    sqlite3_busy_timeout(store->db, STORE_BUSY_MS);
    return store_prepare(store, err);
}

/* A damaged database must not keep new events from being kept. */
static int store_put_aside(const struct store *store, struct err *err)
{
    char aside[512];

    snprintf(aside, sizeof aside, "%s.damaged-%lld", store->path, (long long)time(NULL));
    if (rename(store->path, aside) < 0)
        return err_sys(err, "cannot put the damaged %s aside", store->path);
    for (int i = 0; i < 2; i++) {
        snprintf(aside, sizeof aside, "%s%s", store->path, i ? "-wal" : "-shm");
        unlink(aside);
    }
    return 0;
}

static void store_measure(struct store *store)
{
    int64_t pages = 0, unused = 0, size = 0, rows = 0;

    store_one(store, "PRAGMA page_count", &pages);
    store_one(store, "PRAGMA freelist_count", &unused);
    store_one(store, "PRAGMA page_size", &size);
    /* Rows are removed from the old end only, and by store_forget: near enough, and quick. */
    store_one(store, "SELECT coalesce(max(number)-min(number)+1,0) FROM events", &rows);
    pthread_mutex_lock(&store->mutex);
    store->numbers.bytes = (uint64_t)((pages - unused) * size);
    store->numbers.events = (uint64_t)rows;
    pthread_mutex_unlock(&store->mutex);
}

struct store *store_open(const struct store_options *options, bool *aside_r, struct err *err)
{
    struct store *store = calloc(1, sizeof *store);

    *aside_r = false;
    if (!store || !(store->path = strdup(options->path))) {
        free(store);
        err_set(err, "out of memory");
        return NULL;
    }
    store->options = *options;
    store->options.path = store->path;
    pthread_mutex_init(&store->mutex, NULL);
    int status = store_open_db(store, err);
    int code = sqlite3_errcode(store->db);
    if (status < 0 && (code == SQLITE_CORRUPT || code == SQLITE_NOTADB)) {
        store_close_db(store);
        *aside_r = true;
        status = store_put_aside(store, err);
        if (status == 0)
            status = store_open_db(store, err);
    }
    if (status < 0)
        store_close(&store);
    else
        store_measure(store);
    return store;
}

void store_close(struct store **store)
{
    if (!*store)
        return;
    store_close_db(*store);
    pthread_mutex_destroy(&(*store)->mutex);
    free((*store)->path);
    free(*store);
    *store = NULL;
}

/* -------------------------------------------------------------------- writing */

static int store_step(struct store *store, enum store_statement which)
{
    int result = sqlite3_step(store->statement[which]);

    sqlite3_reset(store->statement[which]);
    return result == SQLITE_DONE ? 0 : -1;
}

static int store_count(struct store *store, const struct event *event, const struct classify *class)
{
    sqlite3_stmt *tally = store->statement[STORE_TALLY], *speed = store->statement[STORE_SPEED];
    int64_t hour = (int64_t)(event_number(event, EVENT_FIELD_TIME) / 3600000u);
    uint64_t count = event_number(event, EVENT_FIELD_COUNT);
    uint64_t size = event_number(event, EVENT_FIELD_SIZE);

    sqlite3_bind_int64(tally, 1, hour);
    sqlite3_bind_int(tally, 2, (int)class->kind);
    sqlite3_bind_text(tally, 3, class->profile, -1, SQLITE_STATIC);
    sqlite3_bind_int(tally, 4, class->verdict);
    sqlite3_bind_int(tally, 5, class->reason);
    sqlite3_bind_int(tally, 6, class->action);
    sqlite3_bind_int64(tally, 7, count && count < 1000000 ? (int64_t)count : 1);
    sqlite3_bind_int64(tally, 8, size < (1ull << 50) ? (int64_t)size : 0);
    if (store_step(store, STORE_TALLY) < 0)
        return -1;
    if (!event_has(event, EVENT_FIELD_SCAN_MS))
        return 0;
    double seconds = (double)event_number(event, EVENT_FIELD_SCAN_MS) / 1e6;
    sqlite3_bind_int64(speed, 1, hour);
    sqlite3_bind_int(speed, 2, (int)metrics_bucket(METRICS_SCAN, seconds));
    return store_step(store, STORE_SPEED);
}

static void store_bind_text(sqlite3_stmt *insert, int place, const struct event *event,
                            enum event_field field)
{
    char text[STORE_TEXT_MAX];

    if (!event_has(event, field)) {
        sqlite3_bind_null(insert, place);
        return;
    }
    event_copy(event, field, text, sizeof text);
    for (char *c = text; *c; c++)
        *c = (char)((unsigned char)*c < 0x80 ? tolower((unsigned char)*c) : *c);
    sqlite3_bind_text(insert, place, text, -1, SQLITE_TRANSIENT);
}

static void store_bind_number(sqlite3_stmt *insert, int place, int number)
{
    if (number < 0)
        sqlite3_bind_null(insert, place);
    else
        sqlite3_bind_int(insert, place, number);
}

static int store_insert(struct store *store, const struct event *event,
                        const struct classify *class, const void *message, size_t length)
{
    sqlite3_stmt *insert = store->statement[STORE_INSERT];

    sqlite3_bind_int64(insert, 1, (int64_t)event_number(event, EVENT_FIELD_TIME));
    sqlite3_bind_int(insert, 2, (int)class->kind);
    store_bind_number(insert, 3, class->verdict);
    store_bind_number(insert, 4, class->reason);
    store_bind_number(insert, 5, class->action);
    sqlite3_bind_blob(insert, 6, message, (int)length, SQLITE_STATIC);
    for (int i = 0; i < SCHEMA_COLUMN_COUNT; i++)
        store_bind_text(insert, 7 + i, event, schema_columns[i].field);
    return store_step(store, STORE_INSERT);
}

static int store_put_one(struct store *store, const void *message, size_t length, uint64_t *kept)
{
    struct event event;
    struct classify class;
    struct err ignored;

    if (eventwire_decode(message, length, &event, NULL, &ignored) < 0)
        return 0; /* it was looked at when it came */
    classify_event(&event, &class);
    if (store_count(store, &event, &class) < 0)
        return -1;
    if (class.kind == EVENT_KIND_TRANSACTION && !store->options.keep_clean &&
        (class.verdict == VERDICT_CLEAN || class.verdict == VERDICT_NO_BODY))
        return 0;
    if (store_insert(store, &event, &class, message, length) < 0)
        return -1;
    ++*kept;
    return 0;
}

static int store_put_all(struct store *store, const struct buf *batch, uint64_t *kept)
{
    uint32_t size;

    for (size_t at = 0; at + sizeof size <= batch->length; at += size) {
        memcpy(&size, batch->data + at, sizeof size);
        at += sizeof size;
        if (size > batch->length - at)
            return -1;
        if (store_put_one(store, batch->data + at, size, kept) < 0)
            return -1;
    }
    return 0;
}

static void store_note(struct store *store, const char *error)
{
    pthread_mutex_lock(&store->mutex);
    snprintf(store->numbers.error, sizeof store->numbers.error, "%.255s", error);
    pthread_mutex_unlock(&store->mutex);
}

int store_put(struct store *store, const struct buf *batch, uint64_t *kept_r, struct err *err)
{
    *kept_r = 0;
    if (sqlite3_exec(store->db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK ||
        store_put_all(store, batch, kept_r) < 0 ||
        sqlite3_exec(store->db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) {
        store_failed(store, err, "cannot write");
        sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
        store_note(store, err->text);
        *kept_r = 0;
        return -1;
    }
    store_note(store, "");
    store_measure(store);
    return 0;
}

/* ------------------------------------------------------------------- removing */

static long store_remove(struct store *store, const char *sql, int64_t limit, struct err *err)
{
    sqlite3_stmt *statement;
    long removed = -1;

    if (sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
        return store_failed(store, err, "cannot remove from");
    sqlite3_bind_int64(statement, 1, limit);
    sqlite3_bind_int64(statement, 2, STORE_PRUNE);
    if (sqlite3_step(statement) == SQLITE_DONE)
        removed = sqlite3_changes(store->db);
    else
        store_failed(store, err, "cannot remove from");
    sqlite3_finalize(statement);
    return removed;
}

long store_prune(struct store *store, uint64_t now_ms, struct err *err)
{
    struct store_numbers numbers;
    int64_t oldest = (int64_t)(now_ms - store->options.keep_ms);
    int64_t hour = (int64_t)(now_ms / 3600000u) - STORE_TALLY_HOURS;

    long removed = store_remove(store,
                                "DELETE FROM events WHERE number IN("
                                "SELECT number FROM events WHERE time<?1 LIMIT ?2)",
                                oldest, err);
    if (removed < 0 ||
        store_remove(store, "DELETE FROM tally WHERE hour<?1 AND ?2", hour, err) < 0 ||
        store_remove(store, "DELETE FROM speed WHERE hour<?1 AND ?2", hour, err) < 0)
        return -1;
    store_numbers(store, &numbers);
    if (numbers.bytes > store->options.keep_bytes) {
        long more = store_remove(store,
                                 "DELETE FROM events WHERE ?1=0 AND number IN("
                                 "SELECT number FROM events ORDER BY number LIMIT ?2)",
                                 0, err);
        if (more < 0)
            return -1;
        removed += more;
    }
    if (removed) {
        sqlite3_exec(store->db, "PRAGMA incremental_vacuum(2000)", NULL, NULL, NULL);
        store_measure(store);
    }
    return removed;
}

long store_forget(struct store *store, const char *user, struct err *err)
{
    sqlite3_stmt *statement;
    long removed = -1;

    /* Removed rows must not stay readable in the file. */
    if (sqlite3_exec(store->db, "PRAGMA secure_delete=ON", NULL, NULL, NULL) != SQLITE_OK ||
        sqlite3_prepare_v2(store->db, "DELETE FROM events WHERE user=lower(?1)", -1, &statement,
                           NULL) != SQLITE_OK)
        return store_failed(store, err, "cannot remove from");
    sqlite3_bind_text(statement, 1, user, -1, SQLITE_STATIC);
    if (sqlite3_step(statement) == SQLITE_DONE)
        removed = sqlite3_changes(store->db);
    else
        store_failed(store, err, "cannot remove from");
    sqlite3_finalize(statement);
    if (removed >= 0)
        sqlite3_exec(store->db, "PRAGMA wal_checkpoint(TRUNCATE)", NULL, NULL, NULL);
    return removed;
}

void store_numbers(struct store *store, struct store_numbers *numbers)
{
    pthread_mutex_lock(&store->mutex);
    *numbers = store->numbers;
    pthread_mutex_unlock(&store->mutex);
}
