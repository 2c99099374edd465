/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/intake.h"

#include <stdio.h>

#include "common/clock.h"
#include "modules/epost_av/magic.h"
#include "modules/epost_av/exempt.h"
#include "modules/epost_av/respond.h"
#include "modules/epost_av/state.h"
#include "modules/epost_av/transaction.h"

#define RATE_GRACE_MS 60000 /* before a slow client is judged by its average rate */

void intake_follow_decision(struct transaction *t)
{
    struct err err;

    /* A client that sends everything before it reads would wait for ever with an echo of what does
     * not fit into memory. It has the original: it is told at the end to use that. */
    if (t->action == POLICY_PASS && respond_may_204(t, 0)) {
        t->mode = TRANSACTION_DISCARD;
        body_free(&t->body);
        return;
    }
    if (t->action == POLICY_PASS && body_stream(&t->body, &err) == 0) {
        t->mode = TRANSACTION_PASS;
        respond_echo_now(t);
        return;
    }
    /* Could not buffer the rest: fail instead of passing a truncated body. */
    if (t->action == POLICY_PASS)
        transaction_fail(t);
    t->mode = TRANSACTION_DISCARD;
    if (!ci_req_sent_data(t->request))
        body_free(&t->body);
}

void intake_follow_stream(struct transaction *t)
{
    struct err err;

    if (body_stream(&t->body, &err) == 0) {
        t->mode = TRANSACTION_PASS;
        respond_echo_now(t);
        return;
    }
    transaction_fail(t);
    t->mode = TRANSACTION_DISCARD;
}

static int intake_store(struct transaction *t, const void *data, size_t length)
{
    struct err err;

    if (length > body_room(&t->body)) {
        transaction_decide_reason(t, REASON_LIMIT_BODY, NULL);
        intake_follow_decision(t);
        return 0;
    }
    if (body_add(&t->body, data, length, &err) < 0) {
        transaction_decide_lost(t, err.text);
        intake_follow_decision(t);
        return 0;
    }
    return 1;
}

void intake_preview(struct transaction *t, const void *data, size_t length)
{
    struct err err;

    t->received += length;
    if (length > body_room(&t->body)) {
        transaction_decide_reason(t, REASON_LIMIT_BODY, "the preview alone is too large");
        if (t->action == POLICY_PASS && !respond_may_204(t, 1))
            transaction_fail(t);
    } else if (body_add(&t->body, data, length, &err) < 0) {
        transaction_decide_lost(t, err.text);
    }
}

/* 1 if the client takes too long: a connection that drips bytes is cut. */
static int intake_too_slow(const struct transaction *t)
{
    uint64_t age_ms = (clock_now() - t->started_ns) / 1000000u;

    if (age_ms > (uint64_t)state_settings.receive_timeout)
        return 1;
    return age_ms > RATE_GRACE_MS && t->mode != TRANSACTION_PASS && t->answer != TRANSACTION_ECHO &&
           t->received / (age_ms / 1000) < (uint64_t)state_settings.receive_rate;
}

int intake_take(struct transaction *t, const void *data, size_t length)
{
    if (intake_too_slow(t)) {
        transaction_decide_reason(t, REASON_TIMEOUT, "the client sent the body too slowly");
        if (t->action == POLICY_PASS)
            transaction_fail(t); /* the connection ends here */
        return -1;
    }
    if (t->mode == TRANSACTION_SCAN && intake_store(t, data, length)) {
        t->received += length;
        if (t->received >= MAGIC_BYTES)
            exempt_by_type(t);
        if (t->phase != TRANSACTION_OPEN)
            intake_follow_decision(t);
        return (int)length;
    }
    if (t->mode == TRANSACTION_PASS) {
        uint64_t room = body_room(&t->body);
        struct err err;
        if (length > room)
            length = (size_t)room;
        if (t->streaming && !stream_take(&t->stream, data, length)) {
            transaction_cut(t);
            snprintf(t->reply.detail, sizeof t->reply.detail, "the stream is no text any more");
            return -1;
        }
        if (body_add(&t->body, data, length, &err) < 0)
            return -1;
    } else if (t->answer == TRANSACTION_ECHO) {
        transaction_cut(t); /* blocked after bytes had gone out */
        return -1;
    }
    t->received += length;
    return (int)length;
}
