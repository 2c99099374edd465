/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/digest.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/eventwire.h"
#include "common/text.h"
#include "common/verdict.h"
#include "operate/find.h"
#include "operate/metrics.h"

#define DIGEST_BUSY_MS  5000
#define DIGEST_MOST     200 /* rows of a table */
#define DIGEST_HOUR_MS  3600000u
#define DIGEST_INFECTED "2"

struct digest_about {
    const char *name, *title, *unit;
    enum event_field field; /* whose text is the label; 0: none */
    const char *sql;        /* ?1 since, ?2 until; milliseconds, or hours of a tally */
};

/* One of each group brings its record along, as the columns are in lower case. */
#define DIGEST_BY(column, more)                                                                    \
    "SELECT count(*),record FROM events WHERE time>=?1 AND time<?2 AND " column " IS NOT NULL "    \
    "AND kind=1" more " GROUP BY " column " ORDER BY 1 DESC," column " LIMIT 10"

static const struct digest_about digest_abouts[DIGEST_TABLES] = {
    [DIGEST_REQUESTS] = {"requests", "Requests", "times", 0,
                         "SELECT sum(count),verdict,action FROM tally WHERE hour>=?1 AND hour<?2 "
                         "AND kind=1 GROUP BY verdict,action ORDER BY 1 DESC"},
    [DIGEST_THREATS] = {"threats", "Threats", "times", EVENT_FIELD_THREAT,
                        DIGEST_BY("threat", " AND verdict=" DIGEST_INFECTED)},
    [DIGEST_CLIENTS] = {"clients", "Clients with something found", "times", EVENT_FIELD_CLIENT,
                        DIGEST_BY("client", " AND verdict<>1")},
    [DIGEST_USERS] = {"users", "Users with something found", "times", EVENT_FIELD_USER,
                      DIGEST_BY("user", " AND verdict<>1")},
    [DIGEST_HOSTS] = {"hosts", "Hosts with something found", "times", EVENT_FIELD_HOST,
                      DIGEST_BY("host", " AND verdict<>1")},
    [DIGEST_UNSCANNED] =
        {"passed_unscanned", "Passed unscanned, by reason", "times", 0,
         "SELECT sum(count),reason FROM tally WHERE hour>=?1 AND hour<?2 AND "
         "kind=1 AND verdict IN(0,3) AND action=1 GROUP BY reason ORDER BY 1 DESC"},
    [DIGEST_SLOWEST] = {"slowest", "Slowest requests", "ms", 0,
                        "SELECT record FROM events WHERE time>=?1 AND time<?2 AND kind=1"},
    [DIGEST_SERVICE] = {"service", "Service events and updates", "times", 0,
                        "SELECT sum(count),kind FROM tally WHERE hour>=?1 AND hour<?2 AND kind>1 "
                        "GROUP BY kind ORDER BY 1 DESC"},
};

const char *digest_title(enum digest_table table)
{
    return digest_abouts[table].title;
}

const char *digest_unit(enum digest_table table)
{
    return digest_abouts[table].unit;
}

const char *digest_name(enum digest_table table)
{
    return digest_abouts[table].name;
}

/* ------------------------------------------------------------------------- rows */

static void digest_label(char label[DIGEST_LABEL], const struct event *event,
                         enum event_field field)
{
    size_t length;
    const char *text = event_text(event, field, &length);

    text_copy(label, DIGEST_LABEL, text, length);
    for (char *c = label; *c; c++)
        if (*c == '\n' || *c == '\t')
            *c = ' ';
}

static bool digest_decode(sqlite3_stmt *statement, int column, struct event *event)
{
    struct err ignored;

    return eventwire_decode(sqlite3_column_blob(statement, column),
                            (size_t)sqlite3_column_bytes(statement, column), event, NULL,
                            &ignored) == 0;
}

static void digest_insert_slow(struct digest *digest, const struct event *event)
{
    struct digest_row *rows = digest->row[DIGEST_SLOWEST];
    unsigned *count = &digest->count[DIGEST_SLOWEST], at;
    uint64_t ms = event_number(event, EVENT_FIELD_MS) / 1000;

    if (*count == DIGEST_ROWS && ms <= rows[*count - 1].value)
        return;
    if (*count < DIGEST_ROWS)
        ++*count;
    for (at = *count - 1; at > 0 && rows[at - 1].value < ms; at--)
        rows[at] = rows[at - 1];
    rows[at].value = ms;
    digest_label(rows[at].label, event,
                 event_has(event, EVENT_FIELD_URL) ? EVENT_FIELD_URL : EVENT_FIELD_ID);
}

/* Words of the numbers in a tally. */
static void digest_words(char label[DIGEST_LABEL], enum digest_table table, sqlite3_stmt *statement)
{
    int first = sqlite3_column_int(statement, 1);

    if (table == DIGEST_SERVICE) {
        snprintf(label, DIGEST_LABEL, "%s", event_kind_name((unsigned)first));
    } else if (table == DIGEST_UNSCANNED) {
        snprintf(label, DIGEST_LABEL, "%s", reason_name((unsigned)first));
    } else {
        const char *action = metrics_action((unsigned)sqlite3_column_int(statement, 2));
        snprintf(label, DIGEST_LABEL, "%s, %s",
                 first >= 0 && first < VERDICT_COUNT ? verdict_name((unsigned)first) : "none",
                 action ? action : "none");
    }
}

static void digest_take(struct digest *digest, enum digest_table table, sqlite3_stmt *statement)
{
    struct event event;

    if (table == DIGEST_SLOWEST) {
        if (digest_decode(statement, 0, &event))
            digest_insert_slow(digest, &event);
        return;
    }
    if (digest->count[table] == DIGEST_MOST)
        return;
    struct digest_row *row = &digest->row[table][digest->count[table]];
    if (!digest_abouts[table].field)
        digest_words(row->label, table, statement);
    else if (digest_decode(statement, 1, &event))
        digest_label(row->label, &event, digest_abouts[table].field);
    else
        return;
    row->value = (uint64_t)sqlite3_column_int64(statement, 0);
    digest->count[table]++;
}

static int digest_read_table(struct digest *digest, enum digest_table table, sqlite3 *db,
                             struct err *err)
{
    sqlite3_stmt *statement = NULL;
    bool is_tally = strstr(digest_abouts[table].sql, "FROM tally") != NULL;
    uint64_t unit = is_tally ? DIGEST_HOUR_MS : 1;
    int step = SQLITE_ERROR;

    digest->row[table] = calloc(DIGEST_MOST, sizeof *digest->row[table]);
    if (!digest->row[table])
        return err_set(err, "out of memory");
    if (sqlite3_prepare_v2(db, digest_abouts[table].sql, -1, &statement, NULL) == SQLITE_OK) {
        sqlite3_bind_int64(statement, 1, (int64_t)(digest->since_ms / unit));
        sqlite3_bind_int64(statement, 2, (int64_t)((digest->until_ms + unit - 1) / unit));
        while ((step = sqlite3_step(statement)) == SQLITE_ROW)
            digest_take(digest, table, statement);
    }
    sqlite3_finalize(statement);
    return step == SQLITE_DONE ? 0 : err_set(err, "cannot read the events: %s", sqlite3_errmsg(db));
}

int digest_read(struct digest *digest, const char *database, uint64_t since_ms, uint64_t until_ms,
                struct err *err)
{
    int status = 0;

    memset(digest, 0, sizeof *digest);
    digest->since_ms = since_ms;
    digest->until_ms = until_ms;
    sqlite3 *db = find_open_database(database, err);
    if (!db)
        return -1;
    sqlite3_busy_timeout(db, DIGEST_BUSY_MS);
    sqlite3_exec(db, "PRAGMA trusted_schema=OFF", NULL, NULL, NULL);
    for (unsigned table = 0; status == 0 && table < DIGEST_TABLES; table++)
        status = digest_read_table(digest, (enum digest_table)table, db, err);
    sqlite3_close(db);
    return status;
}

void digest_free(struct digest *digest)
{
    for (unsigned table = 0; table < DIGEST_TABLES; table++)
        free(digest->row[table]);
    memset(digest, 0, sizeof *digest);
}
