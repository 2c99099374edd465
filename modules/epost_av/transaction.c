/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/transaction.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/text.h"
#include "modules/epost_av/arguments.h"
#include "modules/epost_av/headers.h"
#include "modules/epost_av/judge.h"
#include "modules/epost_av/log.h"
#include "modules/epost_av/memberrules.h"
#include "modules/epost_av/quarantine.h"
#include "modules/epost_av/state.h"
#include "modules/epost_av/stats.h"

/* "65f0c2a1-1b3c-2a": time, process, count; short enough to read out on the telephone. */
static void transaction_make_id(char id[TRANSACTION_ID_MAX])
{
    static atomic_uint count;

    snprintf(id, TRANSACTION_ID_MAX, "%llx-%x-%x", (unsigned long long)time(NULL),
             (unsigned)getpid(), atomic_fetch_add(&count, 1));
}

struct transaction *transaction_new(ci_request_t *request)
{
    struct transaction *t = calloc(1, sizeof *t);
    struct body_limits limits = {
        .memfd = (uint64_t)state_settings.memory_body,
        .ceiling = (uint64_t)state_settings.max_body_size,
        .spool = state_settings.spool,
    };

    if (!t)
        return NULL;
    t->request = request;
    t->started_ns = clock_now();
    t->client.fd = -1;
    transaction_make_id(t->id);
    body_init(&t->body, &limits);
    buf_init(&t->page, PAGE_MAX);
    t->exceptions = state_exceptions();
    arguments_read(request->args, &t->arguments);
    headers_read(request, &t->headers);
    return t;
}

/* A part of a whole is not clean, whatever the scan found in it. */
static enum reason transaction_part_of_a_whole(const struct transaction *t)
{
    int part = t->headers.part || (t->headers.whole && t->headers.whole != t->received);

    return part && t->received && t->reply.reason != REASON_SKIPPED ? REASON_PARTIAL : REASON_NONE;
}

void transaction_decide(struct transaction *t, const struct wire_reply *reply)
{
    if (t->phase != TRANSACTION_OPEN)
        return;
    t->phase = TRANSACTION_DECIDED;
    t->reply = *reply;
    t->action = judge(t->exceptions, t->arguments.policy, transaction_part_of_a_whole(t), &t->reply,
                      t->rule, sizeof t->rule);
    memberrules_apply(t);
    if (quarantine_keep(t) < 0)
        transaction_fail(t);
}

void transaction_fail(struct transaction *t)
{
    if (t->phase == TRANSACTION_DECIDED)
        t->action = POLICY_FAIL;
}

void transaction_settle(struct transaction *t)
{
    if (t->phase != TRANSACTION_DECIDED)
        return;
    t->phase = TRANSACTION_SETTLED;
    stats_count(t->reply.verdict, t->reply.reason, t->action, t->received);
    if (t->rule[0])
        stats_event(STATS_EXCEPTION);
}

void transaction_cut(struct transaction *t)
{
    transaction_settle(t);
    if (t->phase == TRANSACTION_SETTLED)
        t->phase = TRANSACTION_CUT;
}

void transaction_leave(struct transaction *t)
{
    if (t->phase != TRANSACTION_OPEN)
        return;
    t->phase = TRANSACTION_LEFT;
    wire_reply_init(&t->reply, REASON_RETRY);
    snprintf(t->reply.detail, sizeof t->reply.detail, "the client went away during the scan");
    t->action = POLICY_FAIL;
}

void transaction_decide_reason(struct transaction *t, enum reason reason, const char *detail)
{
    struct wire_reply reply;

    wire_reply_init(&reply, reason);
    if (detail)
        text_copy(reply.detail, sizeof reply.detail, detail, strlen(detail));
    if (reason == REASON_BLOCK_LISTED)
        snprintf(reply.threat, sizeof reply.threat, "Blocked.By.Operator");
    transaction_decide(t, &reply);
}

void transaction_decide_lost(struct transaction *t, const char *detail)
{
    transaction_decide_reason(t, REASON_IO, detail);
    if (t->action == POLICY_PASS)
        transaction_fail(t);
}

void transaction_free(struct transaction *t)
{
    transaction_settle(t); /* of one that was decided but never answered */
    if (t->phase == TRANSACTION_OPEN || t->phase == TRANSACTION_LEFT || !t->status)
        stats_event(STATS_ABORTED);
    if (t->phase == TRANSACTION_CUT)
        stats_event(STATS_CUT);
    log_transaction(t);
    client_close(&t->client);
    body_free(&t->body);
    buf_free(&t->page);
    buf_free(&t->headers.url);
    buf_free(&t->headers.name);
    buf_free(&t->headers.type);
    buf_free(&t->headers.encoding);
    exceptions_drop(&t->exceptions);
    free(t);
}
