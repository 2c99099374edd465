/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/status.h"

#include <config.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/board.h"
#include "common/text.h"
#include "updater/journal.h"
#include "updater/update.h"
#include "updater/iso8601.h"

#define OUTPUT_MAX (1u << 20)

struct status {
    struct run *run;
    struct journal_last last;
    enum result health;
    uint64_t kept[GENERATIONS_MAX];
    int kept_count;
    int scanner; /* a board could be read */
    struct board_view board;
    struct buf out;
};

/* Before the first run. */
static int status_is_new(const struct status *status)
{
    return status->last.at == 0 && status->run->current.number == 0;
}

static const char *status_health_name(const struct status *status)
{
    if (status_is_new(status))
        return "never";
    return status->health == RESULT_UPDATED ? "ok" : result_name(status->health);
}

/* ---------------------------------------------------------------------- people */

static const char *status_ago(const struct status *status, int64_t when, char text[WHEN_TEXT + 8])
{
    char span[WHEN_TEXT];

    if (when == 0)
        return "never";
    snprintf(text, WHEN_TEXT + 8, "%s ago", iso8601_span(status->run->now - when, span));
    return text;
}

static void status_print_generations(struct status *status)
{
    const struct generation *current = &status->run->current;
    char text[WHEN_TEXT + 8], versions[256];

    if (current->number == 0) {
        buf_adds(&status->out, "generation   none: Bases is empty, run epost-autoupdate\n");
        return;
    }
    set_versions(&current->set, NULL, versions, sizeof versions);
    buf_addf(&status->out,
             "generation   %" PRIu64 ", made %s: %zu files, %.1f MB, %" PRIu64 " signatures%s\n",
             current->number, status_ago(status, current->created, text), current->set.count,
             (double)set_bytes(&current->set, NULL) / 1e6, current->signatures,
             current->confirmed ? "" : " (not confirmed yet)");
    if (*versions)
        buf_addf(&status->out, "versions     %s\n", versions);
    buf_adds(&status->out, "kept        ");
    for (int i = 0; i < status->kept_count; i++)
        buf_addf(&status->out, " %" PRIu64, status->kept[i]);
    buf_adds(&status->out, "\n");
}

static void status_print_source(struct status *status, size_t i)
{
    const struct source *source = &status->run->sources.list[i];
    const struct record *record = &status->run->records[i];
    char checked[WHEN_TEXT + 8], fresh[WHEN_TEXT + 8], span[WHEN_TEXT];
    size_t healthy = 0;

    buf_addf(&status->out, "source       %s (%s%s): %s", source->name,
             sources_type_name(source->type), source->required ? "" : ", not required",
             record->tried ? result_name(record->result) : "never asked");
    if (*record->message)
        buf_addf(&status->out, ": %s", record->message);
    buf_addf(&status->out, "\n             checked %s, signatures of %s",
             status_ago(status, record->checked, checked),
             status_ago(status, record->fresh, fresh));
    if (record->serial)
        buf_addf(&status->out, ", serial %" PRIu64 " serves, %" PRIu64 " seen",
                 generation_serial(&status->run->current, source->name), record->serial);
    if (source->type == SOURCE_MANIFEST) {
        for (size_t m = 0; m < record->mirror_count; m++)
            healthy += backoff_wait(&record->mirrors[m].backoff, status->run->now) == 0;
        buf_addf(&status->out, ", %zu of %zu mirrors healthy", healthy, record->mirror_count);
    }
    if (backoff_wait(&record->backoff, status->run->now) > 0)
        buf_addf(&status->out, ", asked again in %s",
                 iso8601_span(backoff_wait(&record->backoff, status->run->now), span));
    buf_adds(&status->out, "\n");
}

static void status_print_text(struct status *status)
{
    char text[WHEN_TEXT + 8];

    if (status_is_new(status))
        buf_adds(&status->out,
                 "status       never run: no update was made here yet, run epost-autoupdate\n");
    else
        buf_addf(&status->out, "status       %s: %s\n", status_health_name(status),
                 status->health == RESULT_UPDATED ? "all is well" : result_text(status->health));
    status_print_generations(status);
    for (size_t i = 0; i < status->run->sources.count; i++)
        status_print_source(status, i);
    buf_addf(&status->out, "last run     %s", status_ago(status, status->last.at, text));
    if (status->last.at)
        buf_addf(&status->out, ": %s%s%s", result_name(status->last.result),
                 *status->last.message ? ": " : "", status->last.message);
    buf_addf(&status->out, "%s\n",
             store_is_locked(&status->run->store) ? " (an update is running now)" : "");
    if (status->scanner)
        buf_addf(&status->out,
                 "scanner      %s, serves generation %" PRIu64 " with %" PRIu64 " signatures\n",
                 board_state_name(status->board.state), status->board.serving.number,
                 status->board.serving.signatures);
    if (status->scanner && status->board.serving.shortcuts[0])
        buf_addf(&status->out, "shortcuts    %s\n", status->board.serving.shortcuts);
    if (!status->scanner)
        buf_adds(&status->out, "scanner      not running\n");
}

/* ------------------------------------------------------------------------ JSON */

static void status_json_text(struct buf *out, const char *key, const char *value)
{
    buf_addf(out, "\"%s\": ", key);
    text_json(out, value, strlen(value));
}

static void status_json_when(struct buf *out, const char *key, int64_t when)
{
    char text[WHEN_TEXT];

    if (when == 0)
        buf_addf(out, "\"%s\": null", key);
    else
        status_json_text(out, key, iso8601_format(when, text));
}

static void status_json_mirrors(struct status *status, const struct record *record)
{
    struct buf *out = &status->out;

    buf_adds(out, ", \"mirrors\": [");
    for (size_t i = 0; i < record->mirror_count; i++) {
        const struct mirror *mirror = &record->mirrors[i];
        int waiting = backoff_wait(&mirror->backoff, status->run->now) > 0;

        buf_adds(out, i ? ", {" : "{");
        status_json_text(out, "url", mirror->url);
        buf_adds(out, ", ");
        status_json_text(out, "state", mirror_state_name(waiting ? mirror->state : MIRROR_HEALTHY));
        buf_addf(out, ", \"failures\": %u, ", mirror->backoff.failures);
        status_json_when(out, "used", mirror->used);
        buf_adds(out, "}");
    }
    buf_adds(out, "]");
}

static void status_json_source(struct status *status, size_t i)
{
    const struct source *source = &status->run->sources.list[i];
    const struct record *record = &status->run->records[i];
    struct buf *out = &status->out;
    char versions[256];

    set_versions(&status->run->current.set, source->name, versions, sizeof versions);
    buf_adds(out, i ? ",\n    {" : "\n    {");
    status_json_text(out, "name", source->name);
    buf_adds(out, ", ");
    status_json_text(out, "type", sources_type_name(source->type));
    buf_addf(out, ", \"required\": %s, ", source->required ? "true" : "false");
    status_json_text(out, "result", record->tried ? result_name(record->result) : "never");
    buf_adds(out, ", ");
    status_json_text(out, "message", record->message);
    buf_adds(out, ", ");
    status_json_text(out, "versions", versions);
    buf_addf(out, ", \"serial\": %" PRIu64 ", \"serial_seen\": %" PRIu64 ", ",
             generation_serial(&status->run->current, source->name), record->serial);
    status_json_when(out, "tried", record->tried);
    buf_adds(out, ", ");
    status_json_when(out, "checked", record->checked);
    buf_adds(out, ", ");
    status_json_when(out, "fresh", record->fresh);
    buf_addf(out, ", \"wait_seconds\": %" PRId64, backoff_wait(&record->backoff, status->run->now));
    status_json_mirrors(status, record);
    buf_adds(out, "}");
}

static void status_json_generation(struct status *status)
{
    const struct generation *current = &status->run->current;
    struct buf *out = &status->out;
    char versions[256];

    set_versions(&current->set, NULL, versions, sizeof versions);
    buf_addf(out, "  \"generation\": {\"number\": %" PRIu64 ", ", current->number);
    status_json_when(out, "created", current->created);
    buf_addf(out, ", \"files\": %zu, \"bytes\": %" PRIu64 ", \"signatures\": %" PRIu64 ", ",
             current->set.count, set_bytes(&current->set, NULL), current->signatures);
    status_json_text(out, "versions", versions);
    buf_addf(out, ", \"confirmed\": %s},\n  \"kept\": [", current->confirmed ? "true" : "false");
    for (int i = 0; i < status->kept_count; i++)
        buf_addf(out, "%s%" PRIu64, i ? ", " : "", status->kept[i]);
    buf_adds(out, "],\n");
}

static void status_print_json(struct status *status)
{
    struct buf *out = &status->out;

    buf_adds(out, "{\n  ");
    status_json_text(out, "version", PACKAGE_VERSION);
    buf_adds(out, ",\n  ");
    status_json_text(out, "status", status_health_name(status));
    buf_addf(out, ",\n  \"code\": %d,\n  \"age_seconds\": %" PRId64 ",\n  \"running\": %s,\n",
             status->health, update_age(status->run),
             store_is_locked(&status->run->store) ? "true" : "false");
    status_json_generation(status);
    buf_adds(out, "  \"sources\": [");
    for (size_t i = 0; i < status->run->sources.count; i++)
        status_json_source(status, i);
    buf_adds(out, "\n  ],\n  \"last_run\": {");
    status_json_when(out, "at", status->last.at);
    buf_adds(out, ", ");
    status_json_text(out, "result", status->last.at ? result_name(status->last.result) : "never");
    buf_adds(out, ", ");
    status_json_text(out, "message", status->last.message);
    buf_adds(out, "},\n  \"scanner\": {");
    status_json_text(out, "state",
                     status->scanner ? board_state_name(status->board.state) : "down");
    buf_addf(out, ", \"generation\": %" PRIu64 ", \"signatures\": %" PRIu64 ", ",
             status->scanner ? status->board.serving.number : 0,
             status->scanner ? status->board.serving.signatures : 0);
    status_json_text(out, "shortcuts", status->scanner ? status->board.serving.shortcuts : "");
    buf_adds(out, "}\n}\n");
}

/* -------------------------------------------------------------------- together */

/* RESULT_UPDATED, 0, is "all is well" here. */
static enum result status_judge(const struct status *status)
{
    enum result last = status->last.at ? status->last.result : RESULT_UPDATED;

    if (status->run->current.number == 0)
        return last == RESULT_UPDATED || last == RESULT_CURRENT ? RESULT_FAILED : last;
    /* How old they are is looked at anew. */
    if (last == RESULT_UPDATED || last == RESULT_STALE || last == RESULT_ALARM)
        last = RESULT_CURRENT;
    last = update_raise(status->run, last);
    return last == RESULT_CURRENT ? RESULT_UPDATED : last;
}

enum result status_print(struct run *run, int json)
{
    struct status status = {.run = run};
    struct fault fault;
    struct err ignored;

    run->now = time(NULL);
    if (store_init(&run->store, run->settings, &fault) < 0 || update_load(run, &fault) < 0 ||
        journal_read(&run->store, &status.last, &fault) < 0 ||
        (status.kept_count = generation_list(&run->store, status.kept, &fault)) < 0) {
        run_warn(run, "%s", fault.err.text);
        return fault.result;
    }
    const struct board *board = board_open_reader(run->settings->board, &ignored);
    if (board) {
        board_read(board, &status.board);
        status.scanner = status.board.state != BOARD_DOWN;
        board_close_reader(&board);
    }
    status.health = status_judge(&status);
    buf_init(&status.out, OUTPUT_MAX);
    if (json)
        status_print_json(&status);
    else
        status_print_text(&status);
    fputs(buf_text(&status.out), stdout);
    buf_free(&status.out);
    update_release(run);
    return status.health;
}
