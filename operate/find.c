/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/find.h"

#include <ctype.h>
#include <errno.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/eventwire.h"

#define FIND_SQL_MAX   4096
#define FIND_FEW       100000 /* matches sorted at most; more are met soon going backwards */
#define FIND_STEPS     2000   /* of SQLite's machine between two looks at the clock */
#define FIND_BUSY_MS   2000
#define FIND_NO_CLAUSE (-1)

struct find {
    sqlite3 *db;
    uint64_t until_ns; /* of the search under way */
};

static int find_is_late(void *data)
{
    const struct find *find = data;

    return clock_now() > find->until_ns;
}

void find_init(struct find_query *query)
{
    memset(query, 0, sizeof *query);
    query->verdict = query->reason = query->action = -1;
    query->limit = 50;
}

struct sqlite3 *find_open_database(const char *path, struct err *err)
{
    sqlite3 *db = NULL;

    if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK)
        return db;
    if (access(path, F_OK) < 0 && errno == ENOENT)
        err_set(err,
                "there are no events, %s does not exist: epost-monitord makes it when it starts "
                "(systemctl enable --now epost-monitord)",
                path);
    else
        err_set(err, "cannot read %s: %s", path, sqlite3_errmsg(db));
    sqlite3_close(db);
    return NULL;
}

struct find *find_open(const char *path, struct err *err)
{
    struct find *find = calloc(1, sizeof *find);

    if (!find) {
        err_set(err, "out of memory");
        return NULL;
    }
    find->db = find_open_database(path, err);
    if (!find->db) {
        find_close(&find);
        return NULL;
    }
    sqlite3_busy_timeout(find->db, FIND_BUSY_MS);
    sqlite3_progress_handler(find->db, FIND_STEPS, find_is_late, find);
    sqlite3_exec(find->db, "PRAGMA cache_size=-8192;PRAGMA trusted_schema=OFF", NULL, NULL, NULL);
    find->until_ns = clock_now() + FIND_TIME_MS * 1000000ull;
    return find;
}

void find_close(struct find **find)
{
    if (!*find)
        return;
    sqlite3_close((*find)->db);
    free(*find);
    *find = NULL;
}

static int find_failed(struct find *find, struct err *err)
{
    if (sqlite3_errcode(find->db) == SQLITE_INTERRUPT)
        return err_set(err, "the search takes too long: say more of what is looked for");
    return err_set(err, "cannot search: %s", sqlite3_errmsg(find->db));
}

/* --------------------------------------------------------------------- events */

/* A statement that grows, with its values beside it: no text of a query is ever SQL. */
struct find_sql {
    struct buf text;
    unsigned values;
    struct {
        char text[FIND_TEXT_MAX + 1];
        int64_t number;
        bool is_text;
    } value[2 * SCHEMA_COLUMN_COUNT + 10];
};

static void find_number(struct find_sql *sql, const char *clause, int64_t number)
{
    sql->value[sql->values].is_text = false;
    sql->value[sql->values++].number = number;
    buf_addf(&sql->text, "%s?%u", clause, sql->values);
}

static void find_text(struct find_sql *sql, const char *clause, const char *text)
{
    sql->value[sql->values].is_text = true;
    snprintf(sql->value[sql->values].text, sizeof sql->value[0].text, "%s", text);
    for (char *c = sql->value[sql->values].text; *c; c++)
        if ((unsigned char)*c < 0x80)
            *c = (char)tolower((unsigned char)*c);
    sql->values++;
    buf_addf(&sql->text, "%s?%u", clause, sql->values);
}

static bool find_is_beginning(const char *text)
{
    size_t length = strlen(text);

    return length && text[length - 1] == '*';
}

/* " AND column = ?" or the range of all texts that begin so. `plus` keeps the index out. */
static void find_column(struct find_sql *sql, unsigned column, const char *text, bool is_free)
{
    const char *name = schema_columns[column].name, *plus = is_free ? "+" : "";
    char clause[64], beginning[FIND_TEXT_MAX + 1];

    if (!find_is_beginning(text)) {
        snprintf(clause, sizeof clause, " AND %s%s=", plus, name);
        find_text(sql, clause, text);
        return;
    }
    size_t length = strlen(text) - 1;
    snprintf(beginning, sizeof beginning, "%.*s", (int)length, text);
    snprintf(clause, sizeof clause, " AND %s%s>=", plus, name);
    find_text(sql, clause, beginning);
    /* 0xff comes behind every byte of UTF-8. */
    beginning[length] = '\xff';
    beginning[length + 1] = '\0';
    snprintf(clause, sizeof clause, " AND %s%s<", plus, name);
    find_text(sql, clause, beginning);
}

/* Everything but the columns with indexes. */
static void find_rest(struct find_sql *sql, const struct find_query *query, bool by_time)
{
    char clause[64];

    snprintf(clause, sizeof clause, " AND %stime>=", by_time ? "" : "+");
    if (query->since_ms)
        find_number(sql, clause, (int64_t)query->since_ms);
    snprintf(clause, sizeof clause, " AND %stime<", by_time ? "" : "+");
    if (query->until_ms)
        find_number(sql, clause, (int64_t)query->until_ms);
    /* Written out: a partial index is not used for a value that is bound. */
    if (query->kind)
        buf_addf(&sql->text, " AND kind=%d%s", query->kind,
                 query->kind == EVENT_KIND_TRANSACTION ? "" : " AND verdict IS NULL");
    if (query->verdict >= 0)
        buf_addf(&sql->text, " AND verdict=%d", query->verdict);
    if (query->reason >= 0)
        find_number(sql, " AND reason=", query->reason);
    if (query->action >= 0)
        find_number(sql, " AND action=", query->action);
    if (query->before)
        find_number(sql, " AND number<", query->before);
    if (query->number)
        find_number(sql, " AND number=", query->number);
}

static sqlite3_stmt *find_prepare(struct find *find, const struct find_sql *sql, struct err *err)
{
    sqlite3_stmt *statement = NULL;

    if (sql->text.failed ||
        sqlite3_prepare_v2(find->db, buf_text(&sql->text), -1, &statement, NULL) != SQLITE_OK) {
        find_failed(find, err);
        return NULL;
    }
    for (unsigned i = 0; i < sql->values; i++) {
        if (sql->value[i].is_text)
            sqlite3_bind_text(statement, (int)i + 1, sql->value[i].text, -1, SQLITE_STATIC);
        else
            sqlite3_bind_int64(statement, (int)i + 1, sql->value[i].number);
    }
    return statement;
}

/* How many rows have that text, up to FIND_FEW; or -1 and err. */
static int64_t find_matches(struct find *find, unsigned column, const char *text, struct err *err)
{
    struct find_sql *sql = calloc(1, sizeof *sql);
    int64_t count = -1;

    if (!sql)
        return err_set(err, "out of memory");
    buf_init(&sql->text, FIND_SQL_MAX);
    buf_adds(&sql->text, "SELECT count(*) FROM(SELECT 1 FROM events WHERE 1");
    find_column(sql, column, text, false);
    find_number(sql, " LIMIT ", FIND_FEW);
    buf_adds(&sql->text, ")");
    sqlite3_stmt *statement = find_prepare(find, sql, err);
    if (statement && sqlite3_step(statement) == SQLITE_ROW)
        count = sqlite3_column_int64(statement, 0);
    else if (statement)
        find_failed(find, err);
    sqlite3_finalize(statement);
    buf_free(&sql->text);
    free(sql);
    return count;
}

/* The column whose index leads: the one with the fewest matches. A whole text's matches stand in
 * the index in their order, so that it leads however common it is. FIND_NO_CLAUSE when there are
 * only beginnings so common that going through the newest rows finds enough of them soon. */
static int find_leading(struct find *find, const struct find_query *query, int *leading_r,
                        struct err *err)
{
    int64_t fewest = FIND_FEW;

    *leading_r = FIND_NO_CLAUSE;
    for (unsigned i = 0; i < SCHEMA_COLUMN_COUNT; i++) {
        if (!query->text[i][0])
            continue;
        int64_t count = find_matches(find, i, query->text[i], err);
        if (count < 0)
            return -1;
        if (count < fewest ||
            (*leading_r == FIND_NO_CLAUSE && !find_is_beginning(query->text[i]))) {
            fewest = count;
            *leading_r = (int)i;
        }
    }
    return 0;
}

static int find_rows(struct find *find, sqlite3_stmt *statement,
                     void (*each)(void *data, int64_t number, const struct event *event),
                     void *data, struct err *err)
{
    int count = 0, result;

    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
        struct event event;
        struct err ignored;
        const void *record = sqlite3_column_blob(statement, 1);
        int length = sqlite3_column_bytes(statement, 1);
        if (!record || eventwire_decode(record, (size_t)length, &event, NULL, &ignored) < 0)
            continue;
        each(data, sqlite3_column_int64(statement, 0), &event);
        count++;
    }
    return result == SQLITE_DONE ? count : find_failed(find, err);
}

/* Rows whose column begins so, the newest first: their numbers are read from the index alone and
 * sorted, and of the table only the rows that may be shown. `one`: the row of a number, if the rest
 * of the query fits it; `value`: its parameter for the number. */
static int find_sorted(struct find *find, const struct find_query *query, unsigned leading,
                       sqlite3_stmt *one, unsigned value, unsigned limit,
                       void (*each)(void *data, int64_t number, const struct event *event),
                       void *data, struct err *err)
{
    struct find_sql *sql = calloc(1, sizeof *sql);
    int count = 0, result = SQLITE_ROW;

    if (!sql)
        return err_set(err, "out of memory");
    buf_init(&sql->text, FIND_SQL_MAX);
    buf_adds(&sql->text, "SELECT number FROM events WHERE 1");
    find_column(sql, leading, query->text[leading], false);
    if (query->before)
        find_number(sql, " AND +number<", query->before);
    buf_adds(&sql->text, " ORDER BY number DESC");
    sqlite3_stmt *numbers = find_prepare(find, sql, err);
    if (!numbers)
        count = -1;
    while (count >= 0 && count < (int)limit && (result = sqlite3_step(numbers)) == SQLITE_ROW) {
        sqlite3_reset(one);
        sqlite3_bind_int64(one, (int)value, sqlite3_column_int64(numbers, 0));
        int found = find_rows(find, one, each, data, err);
        count = found < 0 ? -1 : count + found;
    }
    if (count >= 0 && result != SQLITE_ROW && result != SQLITE_DONE)
        count = find_failed(find, err);
    sqlite3_finalize(numbers);
    buf_free(&sql->text);
    free(sql);
    return count;
}

int find_events(struct find *find, const struct find_query *query,
                void (*each)(void *data, int64_t number, const struct event *event), void *data,
                struct err *err)
{
    struct find_sql *sql = calloc(1, sizeof *sql);
    unsigned limit = query->limit < FIND_LIMIT_MAX ? query->limit : FIND_LIMIT_MAX;
    sqlite3_stmt *statement = NULL;
    int leading, result = -1;

    if (!sql)
        return err_set(err, "out of memory");
    find->until_ns = clock_now() + FIND_TIME_MS * 1000000ull;
    buf_init(&sql->text, FIND_SQL_MAX);
    if (find_leading(find, query, &leading, err) < 0)
        goto out;
    const bool is_sorted = leading != FIND_NO_CLAUSE && find_is_beginning(query->text[leading]);
    buf_adds(&sql->text, "SELECT number,record FROM events WHERE 1");
    for (unsigned i = 0; i < SCHEMA_COLUMN_COUNT; i++)
        if (query->text[i][0] && !(is_sorted && (int)i == leading))
            find_column(sql, i, query->text[i], (int)i != leading);
    if (is_sorted)
        find_number(sql, " AND number=", 0);
    const unsigned value = sql->values;
    /* Far back in time the index of times is quicker than going through all that is newer. */
    bool by_time = leading == FIND_NO_CLAUSE && query->until_ms;
    find_rest(sql, query, by_time);
    find_number(sql,
                by_time ? " ORDER BY time DESC,number DESC LIMIT " : " ORDER BY number DESC LIMIT ",
                limit);
    statement = find_prepare(find, sql, err);
    if (statement && is_sorted)
        result =
            find_sorted(find, query, (unsigned)leading, statement, value, limit, each, data, err);
    else if (statement)
        result = find_rows(find, statement, each, data, err);
out:
    sqlite3_finalize(statement);
    buf_free(&sql->text);
    free(sql);
    return result;
}

/* -------------------------------------------------------------------- tallies */

int find_tallies(struct find *find, int64_t hour,
                 void (*each)(void *data, const struct find_tally *tally), void *data,
                 struct err *err)
{
    sqlite3_stmt *statement;
    int result;

    find->until_ns = clock_now() + FIND_TIME_MS * 1000000ull;
    if (sqlite3_prepare_v2(find->db,
                           "SELECT hour,kind,profile,verdict,reason,action,count,bytes FROM tally "
                           "WHERE hour>=?1 ORDER BY hour",
                           -1, &statement, NULL) != SQLITE_OK)
        return find_failed(find, err);
    sqlite3_bind_int64(statement, 1, hour);
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
        struct find_tally tally = {.hour = sqlite3_column_int64(statement, 0),
                                   .kind = sqlite3_column_int(statement, 1),
                                   .verdict = sqlite3_column_int(statement, 3),
                                   .reason = sqlite3_column_int(statement, 4),
                                   .action = sqlite3_column_int(statement, 5),
                                   .count = (uint64_t)sqlite3_column_int64(statement, 6),
                                   .bytes = (uint64_t)sqlite3_column_int64(statement, 7)};
        const char *profile = (const char *)sqlite3_column_text(statement, 2);
        snprintf(tally.profile, sizeof tally.profile, "%s", profile ? profile : "");
        each(data, &tally);
    }
    sqlite3_finalize(statement);
    return result == SQLITE_DONE ? 0 : find_failed(find, err);
}

int find_speed(struct find *find, int64_t hour, uint64_t count[METRICS_BUCKETS + 1],
               struct err *err)
{
    sqlite3_stmt *statement;
    int result;

    if (sqlite3_prepare_v2(find->db,
                           "SELECT bucket,sum(count) FROM speed WHERE hour>=?1 GROUP BY bucket", -1,
                           &statement, NULL) != SQLITE_OK)
        return find_failed(find, err);
    sqlite3_bind_int64(statement, 1, hour);
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
        int bucket = sqlite3_column_int(statement, 0);
        if (bucket >= 0 && bucket <= METRICS_BUCKETS)
            count[bucket] += (uint64_t)sqlite3_column_int64(statement, 1);
    }
    sqlite3_finalize(statement);
    return result == SQLITE_DONE ? 0 : find_failed(find, err);
}
