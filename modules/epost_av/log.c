/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/log.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/text.h"
#include "modules/epost_av/state.h"
#include "modules/epost_av/transaction.h"

#define LOG_LINE_MAX 12288 /* bytes; a line that would be longer loses its last fields */

static atomic_int file = -1;

int log_open_file(struct err *err)
{
    int fd = -1;

    if (*state_settings.log) {
        fd = open(state_settings.log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
        if (fd < 0)
            return err_sys(err, "cannot open Log %s", state_settings.log);
    }
    /* The number stays the same, so that a line being written elsewhere hits a file. */
    int old = atomic_load(&file);
    if (old >= 0 && fd >= 0) {
        dup3(fd, old, O_CLOEXEC);
        close(fd);
    } else {
        atomic_store(&file, fd);
    }
    return 0;
}

void log_close_file(void)
{
    int fd = atomic_exchange(&file, -1);

    if (fd >= 0)
        close(fd);
}

static void log_add(struct buf *line, const char *key, const char *value)
{
    if (!value || !*value)
        return;
    buf_addf(line, " %s=", key);
    text_log(line, value, strlen(value));
}

static void log_add_number(struct buf *line, const char *key, uint64_t number)
{
    buf_addf(line, " %s=%llu", key, (unsigned long long)number);
}

static void log_add_time(struct buf *line)
{
    char text[32];
    struct timespec now;
    struct tm utc;

    clock_gettime(CLOCK_REALTIME, &now);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", gmtime_r(&now.tv_sec, &utc));
    buf_addf(line, "time=%s.%03ldZ", text, now.tv_nsec / 1000000);
}

/* What was found and done. */
static void log_add_verdict(struct buf *line, const struct transaction *t)
{
    const struct wire_reply *r = &t->reply;

    if (!t->decided) {
        log_add(line, "verdict", "none");
        log_add(line, "action", "aborted");
        return;
    }
    log_add(line, "verdict", verdict_name(r->verdict));
    log_add(line, "reason", reason_name(r->reason));
    log_add(line, "action", t->left ? "aborted" : t->cut ? "cut" : policy_action_name(t->action));
    if (!t->answered && !t->cut)
        log_add(line, "answered", "no");
    log_add(line, "threat", r->threat);
    log_add(line, "part", r->part);
    log_add(line, "rule", t->rule);
    log_add(line, "detail", r->detail);
    if (r->generation)
        log_add_number(line, "generation", r->generation);
    if (r->flags & WIRE_CACHED)
        log_add(line, "cached", "yes");
    if (r->flags & WIRE_HEAVY)
        log_add(line, "heavy", "yes");
}

static void log_add_request(struct buf *line, const struct transaction *t)
{
    const struct transaction_headers *h = &t->headers;
    char service[MAX_SERVICE_NAME + 1];

    snprintf(service, sizeof service, "%s", t->request->service);
    log_add(line, "id", t->id);
    log_add(line, "client", h->client);
    log_add(line, "user", h->user);
    log_add(line, "service", service);
    log_add(line, "profile", t->arguments.policy->name);
    log_add(line, "icap", ci_req_type(t->request) == ICAP_REQMOD ? "REQMOD" : "RESPMOD");
    log_add(line, "method", h->method);
    log_add(line, "url", h->shown_url);
    log_add(line, "name", h->shown_name);
    log_add_number(line, "size", t->received);
}

void log_transaction(const struct transaction *t)
{
    struct buf line;

    if (ci_req_type(t->request) == ICAP_OPTIONS)
        return;
    buf_init(&line, LOG_LINE_MAX);
    log_add_time(&line);
    log_add_request(&line, t);
    log_add_verdict(&line, t);
    if (t->status)
        log_add_number(&line, "status", (uint64_t)t->status);
    log_add_number(&line, "sent", t->sent);
    if (t->stripped)
        log_add(&line, "range", "stripped");
    if (t->scan_took_ns) {
        log_add_number(&line, "scan_ms", t->scan_took_ns / 1000000u);
        log_add_number(&line, "queued_ms", t->reply.queued_us / 1000u);
    }
    log_add_number(&line, "ms", (state_now_ns() - t->started_ns) / 1000000u);
    int fd = atomic_load(&file);
    if (fd < 0) {
        ci_debug_printf(1, "epost_av %s\n", buf_text(&line));
    } else if (buf_adds(&line, "\n") == 0 || (line.length && (line.data[line.length - 1] = '\n'))) {
        ssize_t done = write(fd, line.data, line.length);
        (void)done; /* a full disk must not stop scanning; there is nowhere to say so */
    }
    buf_free(&line);
}
