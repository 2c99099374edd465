/* SPDX-License-Identifier: GPL-2.0-or-later */
/* health: what machines ask: /metrics, /healthz, /readyz. Nothing here tells of a person. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "operate/answers.h"
#include "operate/exposition.h"

void health_metrics(struct monitor *monitor, const struct request *request,
                    struct route_answer *answer)
{
    struct metrics_view *view = malloc(sizeof *view);
    struct store_numbers numbers;
    struct board_view board;
    unsigned workers[5];
    uint64_t copies = 0, copies_bytes = 0;
    enum exposition_format format =
        request->accept && strstr(request->accept, "application/openmetrics-text")
            ? EXPOSITION_OPENMETRICS
            : EXPOSITION_TEXT;

    if (!view) {
        answer->status = 500;
        return;
    }
    metrics_read(monitor->metrics, view);
    store_numbers(monitor->store, &numbers);
    bool has_board = monitor_board(monitor, &board, workers) == 0;
    if (monitor->vault)
        vault_totals(monitor->vault, &copies, &copies_bytes);
    struct exposition from = {
        .metrics = view,
        .board = has_board ? &board : NULL,
        .workers = workers,
        .now_s = (uint64_t)time(NULL),
        .backlog_bytes = backlog_bytes(monitor->backlog),
        .database_bytes = numbers.bytes,
        .database_events = numbers.events,
        .quarantine_bytes = copies_bytes,
        .quarantine_copies = copies,
    };
    notifyfeed_read(&monitor->notify, &from.notify);
    answer->type = exposition_type(format);
    exposition_write(&answer->body, &from, format);
    free(view);
}

/* The monitor lives. */
void health_healthz(struct monitor *monitor, const struct request *request,
                    struct route_answer *answer)
{
    (void)monitor, (void)request;
    answer->type = "text/plain; charset=utf-8";
    buf_adds(&answer->body, "ok\n");
}

static int health_check(struct buf *out, const char *name, bool is_good, const char *detail)
{
    buf_addf(out, "[%s] %s%s%s\n", is_good ? "+" : "-", name, *detail ? ": " : "", detail);
    return is_good;
}

/* The service can scan, and the monitor can keep what it is told. */
void health_readyz(struct monitor *monitor, const struct request *request,
                   struct route_answer *answer)
{
    struct board_view board;
    struct store_numbers numbers;
    unsigned workers[5];
    char detail[64] = "";
    bool is_verbose = false, is_ready = true;

    for (unsigned i = 0; i < request->arguments; i++)
        is_verbose |= strcmp(request->argument[i].name, "verbose") == 0;
    answer->type = "text/plain; charset=utf-8";
    bool has_board = monitor_board(monitor, &board, workers) == 0;
    bool serves = has_board && (board.state == BOARD_READY || board.state == BOARD_RELOADING);
    store_numbers(monitor->store, &numbers);
    is_ready &= health_check(&answer->body, "scanner", serves,
                             has_board ? board_state_name(board.state) : "no board");
    if (serves) {
        snprintf(detail, sizeof detail, "generation %llu, %llu signatures",
                 (unsigned long long)board.serving.number,
                 (unsigned long long)board.serving.signatures);
        health_check(&answer->body, "engine", true, detail);
    }
    is_ready &= health_check(&answer->body, "database", !numbers.error[0], "");
    answer->status = is_ready ? 200 : 503;
    if (is_verbose)
        return;
    buf_reset(&answer->body);
    buf_adds(&answer->body, is_ready ? "ready\n" : "not ready\n");
}
