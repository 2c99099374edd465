/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/exposition.h"

#include <string.h>

#include "common/text.h"
#include "common/verdict.h"

#define EXPOSITION_CLOCK_S 3600 /* by which clocks of hosts may differ */

/* Where it goes, and how. */
struct exposition_out {
    struct buf *buf;
    enum exposition_format format;
};

const char *exposition_type(enum exposition_format format)
{
    return format == EXPOSITION_OPENMETRICS
               ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
               : "text/plain; version=0.0.4; charset=utf-8";
}

/* ---------------------------------------------------------------------- families */

/* Starts a family. In OpenMetrics a counter's family has the name without _total. */
static void exposition_family(struct exposition_out *out, const char *name, const char *type,
                              const char *unit, const char *help)
{
    bool is_counter = strcmp(type, "counter") == 0;
    const char *suffix = is_counter && out->format == EXPOSITION_TEXT ? "_total" : "";

    buf_addf(out->buf, "# HELP %s%s %s\n# TYPE %s%s %s\n", name, suffix, help, name, suffix, type);
    if (*unit && out->format == EXPOSITION_OPENMETRICS)
        buf_addf(out->buf, "# UNIT %s %s\n", name, unit);
}

static void exposition_counter(struct exposition_out *out, const char *name, const char *help,
                               uint64_t value)
{
    exposition_family(out, name, "counter", "", help);
    buf_addf(out->buf, "%s_total %llu\n", name, (unsigned long long)value);
}

static void exposition_gauge(struct exposition_out *out, const char *name, const char *unit,
                             const char *help, uint64_t value)
{
    exposition_family(out, name, "gauge", unit, help);
    buf_addf(out->buf, "%s %llu\n", name, (unsigned long long)value);
}

/* A label's value: backslash, quote and line break are escaped. */
static void exposition_label(struct exposition_out *out, const char *value)
{
    struct buf plain;

    buf_init(&plain, 3 * strlen(value) + 1);
    text_plain(&plain, value, strlen(value));
    for (size_t i = 0; i < plain.length; i++)
        buf_addf(out->buf, "%s%c", plain.data[i] == '"' || plain.data[i] == '\\' ? "\\" : "",
                 plain.data[i]);
    buf_free(&plain);
}

/* ------------------------------------------------------------------ transactions */

static void exposition_series(struct exposition_out *out, const struct metrics_view *metrics)
{
    exposition_family(out, "epost_transactions", "counter", "",
                      "Requests, by profile, verdict, reason and action.");
    for (unsigned i = 0; i < metrics->series_count; i++) {
        const struct metrics_series *one = &metrics->series[i];
        buf_adds(out->buf, "epost_transactions_total{profile=\"");
        exposition_label(out, one->profile);
        buf_addf(out->buf, "\",verdict=\"%s\",reason=\"%s\",action=\"%s\"} %llu\n",
                 one->verdict == METRICS_NO_VERDICT ? "none" : verdict_name(one->verdict),
                 reason_name(one->reason), metrics_action(one->action),
                 (unsigned long long)one->count);
    }
}

static void exposition_histogram(struct exposition_out *out, const struct metrics_view *metrics,
                                 enum metrics_histogram histogram, const char *name,
                                 const char *unit, const char *help)
{
    const struct metrics_spread *spread = &metrics->spread[histogram];
    unsigned count;
    const double *bounds = metrics_bounds(histogram, &count);
    uint64_t below = 0;

    exposition_family(out, name, "histogram", unit, help);
    for (unsigned i = 0; i < count; i++) {
        below += spread->count[i];
        buf_addf(out->buf, "%s_bucket{le=\"%.10g%s\"} %llu\n", name, bounds[i],
                 bounds[i] == (double)(long long)bounds[i] ? ".0" : "", (unsigned long long)below);
    }
    buf_addf(out->buf, "%s_bucket{le=\"+Inf\"} %llu\n%s_sum %.17g\n%s_count %llu\n", name,
             (unsigned long long)spread->total, name, spread->sum, name,
             (unsigned long long)spread->total);
}

static void exposition_transactions(struct exposition_out *out, const struct metrics_view *metrics)
{
    exposition_series(out, metrics);
    exposition_counter(out, "epost_transactions_cached",
                       "Requests whose verdict was known already.", metrics->cached);
    exposition_counter(out, "epost_transactions_heavy",
                       "Requests whose scan went on at lower priority.", metrics->heavy);
    exposition_histogram(out, metrics, METRICS_QUEUE, "epost_queue_seconds", "seconds",
                         "Time that scans waited for a worker.");
    exposition_histogram(out, metrics, METRICS_SCAN, "epost_scan_seconds", "seconds",
                         "Time from the end of a body to its verdict, waiting included.");
    exposition_histogram(out, metrics, METRICS_REQUEST, "epost_request_seconds", "seconds",
                         "Time of whole requests, receiving and sending included.");
    exposition_histogram(out, metrics, METRICS_SIZE, "epost_body_bytes", "bytes",
                         "Sizes of bodies.");
}

/* ------------------------------------------------------------------ service events */

static void exposition_events(struct exposition_out *out, const struct exposition *from)
{
    static const struct {
        enum metrics_counter counter;
        const char *name, *help;
    } counters[] = {
        {METRICS_RECEIVED, "epost_events_received", "Events that came over the socket."},
        {METRICS_REFUSED, "epost_events_refused", "Messages that were no event."},
        {METRICS_STRANGERS, "epost_events_strangers",
         "Connections of programs that may not send events."},
        {METRICS_MISSED, "epost_events_missed", "Events that their senders could not deliver."},
        {METRICS_DROPPED, "epost_events_dropped", "Events for which memory had no room."},
        {METRICS_STORED, "epost_events_stored", "Events that are in the database."},
        {METRICS_UNSTORED, "epost_events_unstored", "Events that the database did not take."},
        {METRICS_KEPT, "epost_quarantine_kept", "Bodies of which a copy was put into quarantine."},
        {METRICS_UNKEPT, "epost_quarantine_unkept",
         "Bodies that were to be put into quarantine and could not."},
    };
    const struct metrics_view *metrics = from->metrics;

    exposition_family(out, "epost_service_events", "counter", "",
                      "Events of the service, by kind.");
    for (unsigned kind = EVENT_KIND_TRANSACTION + 1; kind < EVENT_KIND_END; kind++)
        buf_addf(out->buf, "epost_service_events_total{kind=\"%s\"} %llu\n", event_kind_name(kind),
                 (unsigned long long)metrics->kind[kind]);
    exposition_family(out, "epost_updates", "counter", "", "Runs of the updater, by result.");
    buf_addf(out->buf,
             "epost_updates_total{result=\"new\"} %llu\n"
             "epost_updates_total{result=\"current\"} %llu\n"
             "epost_updates_total{result=\"failed\"} %llu\n",
             (unsigned long long)metrics->kind[EVENT_KIND_UPDATE],
             (unsigned long long)metrics->kind[EVENT_KIND_UPDATE_CURRENT],
             (unsigned long long)metrics->kind[EVENT_KIND_UPDATE_FAILED]);
    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
        exposition_counter(out, counters[i].name, counters[i].help,
                           metrics->counter[counters[i].counter]);
    exposition_gauge(out, "epost_backlog_bytes", "bytes",
                     "Events that wait in memory for the database.", from->backlog_bytes);
    exposition_gauge(out, "epost_database_bytes", "bytes", "Size of the database.",
                     from->database_bytes);
    exposition_gauge(out, "epost_database_events", "", "Events in the database.",
                     from->database_events);
    exposition_gauge(out, "epost_quarantine_bytes", "bytes", "Size of all copies in quarantine.",
                     from->quarantine_bytes);
    exposition_gauge(out, "epost_quarantine_copies", "", "Copies in quarantine.",
                     from->quarantine_copies);
}

static void exposition_notifications(struct exposition_out *out,
                                     const struct notifyfeed_view *notify)
{
    exposition_family(out, "epost_notifications", "counter", "",
                      "Notifications, by the way they take and what came of them.");
    for (unsigned i = 0; i < NOTIFYRULES_CHANNELS; i++)
        buf_addf(out->buf,
                 "epost_notifications_total{channel=\"%s\",result=\"sent\"} %llu\n"
                 "epost_notifications_total{channel=\"%s\",result=\"failed\"} %llu\n",
                 notifyrules_channel_name(i), (unsigned long long)notify->sent[i],
                 notifyrules_channel_name(i), (unsigned long long)notify->failed[i]);
    exposition_counter(out, "epost_notification_events",
                       "Events that a rule of the notifications wanted told.", notify->events);
    exposition_counter(out, "epost_notification_events_dropped",
                       "Events of which nobody was told: no room, given up, or the monitor's end.",
                       notify->dropped);
    exposition_gauge(out, "epost_notification_rules", "", "Rules of the notifications in force.",
                     notify->rules);
    exposition_gauge(out, "epost_notification_rules_refused", "",
                     "1 when the file of the rules was refused as it was read last.",
                     notify->is_refused);
}

/* ------------------------------------------------------------------------ the board */

static void exposition_state(struct exposition_out *out, const struct exposition *from)
{
    static const char *const workers[] = {NULL, "starting", "idle", "scanning", "heavy"};
    unsigned state = from->board ? from->board->state : BOARD_DOWN;

    exposition_gauge(out, "epost_scanner_ready", "", "1 when an engine serves.",
                     state == BOARD_READY || state == BOARD_RELOADING);
    exposition_family(out, "epost_scanner_state", "gauge", "",
                      "1 for the state that the scanner is in.");
    for (unsigned i = 0; i <= BOARD_FAILED; i++)
        buf_addf(out->buf, "epost_scanner_state{state=\"%s\"} %d\n", board_state_name(i),
                 i == state);
    exposition_family(out, "epost_scanner_workers", "gauge", "", "Workers, by what they do.");
    for (unsigned i = BOARD_WORKER_STARTING; i <= BOARD_WORKER_HEAVY; i++)
        buf_addf(out->buf, "epost_scanner_workers{state=\"%s\"} %u\n", workers[i],
                 from->workers ? from->workers[i] : 0);
    exposition_gauge(out, "epost_scanner_waiting", "", "Scans that wait for a worker.",
                     from->board ? from->board->queued : 0);
}

static void exposition_generation(struct exposition_out *out, const struct exposition *from)
{
    const struct board_generation *serving = &from->board->serving;

    exposition_gauge(out, "epost_engine_generation", "", "The generation that serves.",
                     serving->number);
    exposition_gauge(out, "epost_engine_load_seconds", "seconds", "Time that it took to load.",
                     (serving->load_ms + 500) / 1000);
    exposition_gauge(out, "epost_signatures", "", "Signatures loaded.", serving->signatures);
    if (serving->loaded_at)
        exposition_gauge(out, "epost_signatures_loaded_timestamp_seconds", "seconds",
                         "When they were loaded, Unix time.", serving->loaded_at);
    if (!serving->built_at)
        return; /* unknown is not 0 */
    exposition_gauge(out, "epost_signatures_built_timestamp_seconds", "seconds",
                     "When the newest official database was built, Unix time.", serving->built_at);
    if (serving->built_at > from->now_s + EXPOSITION_CLOCK_S)
        return; /* nor is a time ahead of the clock */
    exposition_gauge(out, "epost_signatures_age_seconds", "seconds", "Time since then.",
                     from->now_s > serving->built_at ? from->now_s - serving->built_at : 0);
}

static void exposition_sandbox(struct exposition_out *out, const char *sandbox)
{
    static const char *const features[] = {"namespaces", "tmpfs",    "chroot",
                                           "seccomp",    "landlock", "rlimits"};

    exposition_family(out, "epost_sandbox", "gauge", "",
                      "1 for each feature by which the workers are confined.");
    for (size_t i = 0; i < sizeof features / sizeof features[0]; i++)
        buf_addf(out->buf, "epost_sandbox{feature=\"%s\"} %d\n", features[i],
                 strstr(sandbox, features[i]) != NULL);
}

static void exposition_scanner(struct exposition_out *out, const struct exposition *from)
{
    static const struct {
        enum board_counter counter;
        const char *name, *help;
    } counters[] = {
        {BOARD_SCANS, "epost_scanner_scans", "Scans answered, all verdicts."},
        {BOARD_CACHE_HITS, "epost_scanner_cache_hits",
         "Of them, answered from the cache or with a scan under way."},
        {BOARD_HEAVY, "epost_scanner_heavy", "Scans that went on at lower priority."},
        {BOARD_REFUSED, "epost_scanner_refused", "Malformed requests for a scan."},
        {BOARD_BYTES, "epost_scanner_body_bytes", "Bytes of bodies scanned."},
    };
    const uint64_t *counted = from->board->counters;

    for (size_t i = 0; i < sizeof counters / sizeof counters[0]; i++)
        exposition_counter(out, counters[i].name, counters[i].help, counted[counters[i].counter]);
    exposition_family(out, "epost_scanner_verdicts", "counter", "", "Scans answered, by verdict.");
    for (int i = BOARD_CLEAN; i <= BOARD_ERRORS; i++)
        buf_addf(out->buf, "epost_scanner_verdicts_total{verdict=\"%s\"} %llu\n",
                 i == BOARD_ERRORS ? "error" : board_counter_name((enum board_counter)i),
                 (unsigned long long)counted[i]);
    exposition_family(out, "epost_scanner_workers_lost", "counter", "",
                      "Workers lost over a scan: killed at the deadline, or crashed.");
    buf_addf(out->buf,
             "epost_scanner_workers_lost_total{cause=\"killed\"} %llu\n"
             "epost_scanner_workers_lost_total{cause=\"crashed\"} %llu\n",
             (unsigned long long)counted[BOARD_TIMEOUTS],
             (unsigned long long)counted[BOARD_CRASHES]);
    exposition_family(out, "epost_reloads", "counter", "", "Loads of signatures, by result.");
    buf_addf(out->buf,
             "epost_reloads_total{result=\"served\"} %llu\n"
             "epost_reloads_total{result=\"failed\"} %llu\n",
             (unsigned long long)counted[BOARD_RELOADS],
             (unsigned long long)counted[BOARD_RELOAD_FAILURES]);
    exposition_generation(out, from);
    exposition_sandbox(out, from->board->sandbox);
}

int exposition_write(struct buf *buf, const struct exposition *from, enum exposition_format format)
{
    struct exposition_out out = {.buf = buf, .format = format};
    const char *info = format == EXPOSITION_OPENMETRICS ? "info" : "gauge";
    const char *suffix = format == EXPOSITION_OPENMETRICS ? "" : "_info";

    buf_addf(buf, "# HELP epost_build%s The version of the monitor.\n# TYPE epost_build%s %s\n",
             suffix, suffix, info);
    buf_adds(buf, "epost_build_info{version=\"" PACKAGE_VERSION "\"} 1\n");
    exposition_transactions(&out, from->metrics);
    exposition_events(&out, from);
    exposition_notifications(&out, &from->notify);
    exposition_state(&out, from);
    if (from->board && from->board->state != BOARD_DOWN)
        exposition_scanner(&out, from);
    if (format == EXPOSITION_OPENMETRICS)
        buf_adds(buf, "# EOF\n");
    return buf->failed ? -1 : 0;
}
