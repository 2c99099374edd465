/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/scan.h"

#include <stdlib.h>
#include <poll.h>
#include <string.h>

#include "common/clock.h"
#include "common/text.h"
#include "modules/epost_av/exempt.h"
#include "modules/epost_av/judge.h"
#include "modules/epost_av/respond.h"
#include "modules/epost_av/state.h"
#include "modules/epost_av/transaction.h"

#define RETRY_MS 50u
#define SLICE_MS 500u /* between two looks at whether the client is still there */
#define LOST_MAX 2    /* times a scanner may die under the same body before it is given up */

static uint32_t scan_left_ms(const struct transaction *t)
{
    uint64_t now = clock_now();

    return now < t->deadline_ns ? (uint32_t)((t->deadline_ns - now + 999999u) / 1000000u) : 0;
}

/* Whose mail it is, if it is one. */
static void scan_read_envelope(struct transaction *t)
{
    uint8_t first[128];
    uint8_t *head;

    if (!envelope_may_be_mail(first, body_head(&t->body, first, sizeof first)))
        return;
    head = malloc(ENVELOPE_HEAD_MAX);
    if (!head)
        return;
    envelope_read(&t->headers.envelope, head, body_head(&t->body, head, ENVELOPE_HEAD_MAX));
    free(head);
}

void scan_begin(struct transaction *t)
{
    struct err err;

    scan_read_envelope(t);
    exempt_by_type(t);
    if (t->phase != TRANSACTION_OPEN || t->mode != TRANSACTION_SCAN)
        return;
    t->scan_began_ns = clock_now();
    t->deadline_ns = t->scan_began_ns + t->arguments.policy->timeout_ms * 1000000ull;
    if (body_finish(&t->body, &err) < 0) {
        transaction_decide_lost(t, err.text);
        return;
    }
    exempt_by_sha256(t);
}

/* Sends the body. Returns 0, or -1 with *reply why not. */
static int scan_submit(struct transaction *t, struct wire_reply *reply, struct err *err)
{
    const struct transaction_headers *h = &t->headers;
    struct client_body body = {
        .fd = -1,
        .length = t->body.length,
        .sha256 = t->body.sha256,
        .name = buf_text(&h->name),
        .type = buf_text(&h->type),
        .encoding = buf_text(&h->encoding),
        .client = h->client,
        .flags = ci_req_type(t->request) == ICAP_REQMOD ? WIRE_UPLOAD : 0,
    };

    if (t->all_threats)
        body.flags |= WIRE_ALL_THREATS;

    if (t->body.fd >= 0)
        body.fd = t->body.fd;
    else
        body.inline_data = t->body.length ? (const void *)t->body.memory : "";
    t->retry_ns = 0;
    return client_start(&t->client, state_settings.scanner.socket, &body, scan_left_ms(t), reply,
                        err);
}

/* 1 if the scanner is only away for a moment and the time to wait for it is not over. */
static int scan_worth_retrying(struct transaction *t, const struct wire_reply *reply, int under_way)
{
    uint64_t now = clock_now();
    uint64_t patience = (uint64_t)state_settings.ready_wait * 1000000u;

    if (reply->reason != REASON_UNAVAILABLE && reply->reason != REASON_RETRY &&
        reply->reason != REASON_NO_ENGINE)
        return 0;
    if (under_way && ++t->lost > LOST_MAX)
        return 0;
    if (!t->outage_ns || under_way)
        t->outage_ns = now;
    t->retry_ns = now + RETRY_MS * 1000000u;
    return t->retry_ns < t->outage_ns + patience && t->retry_ns < t->deadline_ns;
}

/* One step: submits, or waits for the reply. Returns 1 with the final reply, else 0. */
static int scan_step(struct transaction *t, int wait_ms, struct wire_reply *reply, struct err *err)
{
    int under_way = t->client.fd >= 0;

    if (!under_way) {
        uint64_t now = clock_now();
        if (t->retry_ns > now) {
            unsigned rest = (unsigned)((t->retry_ns - now + 999999u) / 1000000u);
            state_sleep_ms(wait_ms >= 0 && (unsigned)wait_ms < rest ? (unsigned)wait_ms : rest);
            return 0;
        }
        if (scan_submit(t, reply, err) == 0)
            return 0;
    } else if (!client_wait(&t->client, wait_ms, reply, err)) {
        return 0;
    }
    return !scan_worth_retrying(t, reply, under_way);
}

/* The final reply, unless it names an allowed threat: what else is in the body is asked for then,
 * in the time that is left. */
static void scan_finish(struct transaction *t, struct wire_reply *reply, const struct err *err)
{
    if (!t->all_threats && judge_wants_all(t->exceptions, reply)) {
        t->all_threats = 1;
        return;
    }
    t->scan_took_ns = clock_now() - t->scan_began_ns;
    if (reply->verdict == VERDICT_ERROR && !reply->detail[0])
        text_copy(reply->detail, sizeof reply->detail, err->text, strlen(err->text));
    transaction_decide(t, reply);
}

/* The client has closed its end: its scan is given up, so that the worker is free for others. It
 * is not asked in the first moments, so one that only says it has sent all gets its answer. */
static int scan_client_left(const struct transaction *t)
{
    struct pollfd end = {.fd = t->request->connection ? t->request->connection->fd : -1,
                         .events = POLLRDHUP};

    return clock_now() - t->scan_began_ns > 2 * SLICE_MS * 1000000ull && poll(&end, 1, 0) > 0 &&
           (end.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

int scan_wait(struct transaction *t, int wait_ms)
{
    uint64_t until = wait_ms < 0 ? UINT64_MAX : clock_now() + (uint64_t)wait_ms * 1000000u;
    struct wire_reply reply;
    struct err err = {""};

    while (t->phase == TRANSACTION_OPEN) {
        uint64_t now = clock_now();
        uint64_t rest = now < until ? (until - now + 999999u) / 1000000u : 0;
        if (scan_step(t, rest < SLICE_MS ? (int)rest : (int)SLICE_MS, &reply, &err)) {
            scan_finish(t, &reply, &err);
        } else if (scan_client_left(t)) {
            client_close(&t->client);
            transaction_leave(t);
        } else if (clock_now() >= until) {
            return 0;
        }
    }
    return 1;
}
