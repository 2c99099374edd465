/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/log.h"

#include <stdio.h>
#include <string.h>

#include "common/boardwatch.h"
#include "common/eventlog.h"
#include "common/eventsend.h"
#include "modules/epost_av/record.h"
#include "modules/epost_av/state.h"
#include "modules/epost_av/stats.h"
#include "modules/epost_av/tell.h"
#include "modules/epost_av/transaction.h"

#define LOG_IDENT "epost_av"

static struct eventlog *destinations;
static struct eventsend *monitor;
static struct boardwatch watch;

int log_open_all(struct err *err)
{
    if (destinations)
        return eventlog_reopen(destinations, err);
    enum eventtext_format format = (enum eventtext_format)state_settings.log_format;
    destinations = eventlog_open(state_settings.log, format, LOG_IDENT, err);
    if (!destinations && strcmp(state_settings.log, SETTINGS_LOG) == 0) {
        tell_operator("%s; lines go to c-icap's server log", err->text);
        destinations = eventlog_open("", format, LOG_IDENT, err);
    }
    if (!destinations)
        return err_prefix(err, "Log");
    if (!monitor)
        monitor = eventsend_new(state_settings.events);
    boardwatch_init(&watch);
    return 0;
}

void log_close_all(void)
{
    eventlog_close(&destinations);
    eventsend_free(&monitor);
}

static void log_to_cicap(const struct event *event)
{
    struct buf line;

    buf_init(&line, EVENTTEXT_MAX);
    if (eventtext_add(&line, event, (enum eventtext_format)state_settings.log_format) == 0)
        ci_debug_printf(0, LOG_IDENT " %s\n", buf_text(&line));
    buf_free(&line);
}

static void log_event(const struct event *event)
{
    if (!eventlog_count(destinations))
        log_to_cicap(event);
    else if (eventlog_write(destinations, event))
        stats_event(STATS_LOG_LOST);
    if (eventsend_send(monitor, event) < 0)
        stats_event(STATS_UNDELIVERED);
}

void log_transaction(const struct transaction *t)
{
    struct record record;

    if (ci_req_type(t->request) == ICAP_OPTIONS)
        return;
    record_fill(&record, t);
    log_event(&record.event);
}

static void log_service_event(void *data, const struct event *event)
{
    struct event named = *event;

    (void)data;
    event_set_text(&named, EVENT_FIELD_NODE, state_node());
    log_event(&named);
}

void log_scanner(void)
{
    const struct board *board = state_board();
    struct board_view view;

    if (board)
        board_read(board, &view);
    boardwatch_look(&watch, board ? &view : NULL, (uint64_t)state_settings.signature_age / 1000u,
                    log_service_event, NULL);
}
