/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "updater/announce.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/eventlog.h"
#include "common/eventsend.h"

#define ANNOUNCE_IDENT "epost-autoupdate"

struct announce {
    char *events, *log, *node;
    int format;
    struct eventsend *monitor;
    struct eventlog *destinations;
};

#define AT(f) offsetof(struct announce, f)

/* Out of the service's table, with its names and defaults. */
static const struct directive announce_rows[] = {
    {"Events", DIRECTIVE_STRING, AT(events), EPOST_MONITORDIR "/events.sock", 0, 100, "", NULL, "",
     NULL},
    {"Log", DIRECTIVE_STRING, AT(log), EPOST_LOGDIR "/epost_av.log", 0, EVENTLOG_WORDS_MAX, "",
     NULL, "", NULL},
    {"LogFormat", DIRECTIVE_CHOICE, AT(format), "keyvalue", 0, 0, "", EVENTTEXT_CHOICES, "", NULL},
    {"Node", DIRECTIVE_STRING, AT(node), "", 0, 64, "", NULL, "", NULL},
};
#define ANNOUNCE_ROWS (sizeof announce_rows / sizeof announce_rows[0])

static int announce_open(struct announce *announce, const char *config, struct err *err)
{
    if (directive_defaults(announce_rows, ANNOUNCE_ROWS, announce, err) < 0)
        return -1;
    if (access(config, R_OK) == 0 && directive_read_file(announce_rows, ANNOUNCE_ROWS, announce,
                                                         config, "epost_av.", 1, err) < 0)
        return -1;
    announce->monitor = eventsend_new(announce->events);
    announce->destinations =
        eventlog_open(announce->log, (enum eventtext_format)announce->format, ANNOUNCE_IDENT, err);
    return announce->destinations || strcmp(announce->log, EPOST_LOGDIR "/epost_av.log") == 0 ? 0
                                                                                              : -1;
}

static void announce_close(struct announce *announce)
{
    eventsend_free(&announce->monitor);
    eventlog_close(&announce->destinations);
    directive_release(announce_rows, ANNOUNCE_ROWS, announce);
}

/* "daily 27500, main 62" of all sources. */
static void announce_versions(const struct run *run, char versions[256])
{
    char one[256];

    versions[0] = '\0';
    for (size_t i = 0; i < run->current.source_count; i++) {
        size_t used = strlen(versions);
        set_versions(&run->current.set, run->current.sources[i].name, one, sizeof one);
        if (*one)
            snprintf(versions + used, 256 - used, "%s%.200s", used ? ", " : "", one);
    }
}

static void announce_tell(struct announce *announce, const struct run *run, enum event_kind kind,
                          const char *message)
{
    char node[65] = "", versions[256];
    struct event event;

    gethostname(node, sizeof node - 1);
    announce_versions(run, versions);
    event_init(&event, kind, event_now());
    event_set_text(&event, EVENT_FIELD_NODE, *announce->node ? announce->node : node);
    event_set_text(&event, EVENT_FIELD_DETAIL, message);
    if (run->current.number) {
        event_set_number(&event, EVENT_FIELD_GENERATION, run->current.number);
        event_set_number(&event, EVENT_FIELD_SIGNATURES, run->current.signatures);
        event_set_text(&event, EVENT_FIELD_VERSIONS, versions);
    }
    if (announce->monitor && eventsend_send(announce->monitor, &event) < 0) {
        /* No monitor is there; the log has it. */
    }
    if (announce->destinations)
        eventlog_write(announce->destinations, &event);
}

void announce_run(const struct run *run, enum result result, const char *message, bool has_new)
{
    struct announce announce = {.events = NULL};
    bool is_failure = result != RESULT_UPDATED && result != RESULT_CURRENT;
    char detail[700];
    struct err err;

    if (!*run->settings->scanner_config || result == RESULT_COOLING || result == RESULT_LOCKED)
        return;
    if (announce_open(&announce, run->settings->scanner_config, &err) < 0)
        run_warn(run, "the event of this run is not in the log: %s", err.text);
    if (has_new || result == RESULT_UPDATED)
        announce_tell(&announce, run, EVENT_KIND_UPDATE, is_failure ? "" : message);
    snprintf(detail, sizeof detail, "%s%s%.600s", result_name(result), *message ? ": " : "",
             message);
    if (is_failure)
        announce_tell(&announce, run, EVENT_KIND_UPDATE_FAILED, detail);
    else if (result == RESULT_CURRENT)
        announce_tell(&announce, run, EVENT_KIND_UPDATE_CURRENT, message);
    announce_close(&announce);
}
