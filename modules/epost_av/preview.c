/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/preview.h"

#include <stdio.h>

#include "modules/epost_av/exempt.h"
#include "modules/epost_av/intake.h"
#include "modules/epost_av/magic.h"
#include "modules/epost_av/range.h"
#include "modules/epost_av/respond.h"
#include "modules/epost_av/state.h"
#include "modules/epost_av/stats.h"
#include "modules/epost_av/transaction.h"

/* A field that was not kept could have decided otherwise, here or in the scan. */
static void preview_check_lengths(struct transaction *t)
{
    char detail[96];

    if (!t->headers.overlong)
        return;
    snprintf(detail, sizeof detail, "%s is longer than %zu bytes", t->headers.overlong,
             t->headers.overlong_max);
    transaction_decide_reason(t, REASON_PROTOCOL, detail);
}

/* Removes Range and If-Range from a request, so that the whole comes and is scanned. */
static void preview_strip_range(struct transaction *t)
{
    int policy = state_settings.range_policy;

    if (ci_req_type(t->request) != ICAP_REQMOD || policy == SETTINGS_RANGE_ALLOW ||
        !ci_http_request_get_header(t->request, "Range"))
        return;
    if (policy == SETTINGS_RANGE_STRIP_RISKY &&
        !range_is_risky(buf_text(&t->headers.url), state_settings.range_risky))
        return;
    while (ci_http_request_remove_header(t->request, "Range") ||
           ci_http_request_remove_header(t->request, "If-Range"))
        t->stripped = 1;
    if (t->stripped)
        stats_event(STATS_STRIPPED);
}

/* Nothing to scan: passes, unless an exception or a missing engine said otherwise. */
static void preview_decide_bodiless(struct transaction *t)
{
    stats_event(STATS_NO_BODY);
    transaction_decide_reason(t, REASON_NO_BODY, NULL);
}

/* A stream of events has no end to wait for. Where the profile does not pass streams they are
 * bodies like others. */
static void preview_begin_stream(struct transaction *t, const void *data, size_t length)
{
    if (!t->headers.may_stream || ci_req_hasalldata(t->request) ||
        policy_decide(t->arguments.policy, reason_verdict(REASON_STREAM), REASON_STREAM) !=
            POLICY_PASS ||
        !stream_take(&t->stream, data, length))
        return;
    t->streaming = true;
    transaction_decide_reason(t, REASON_STREAM, NULL);
    intake_follow_stream(t);
}

/* The verdict is known before the (rest of the) body has come. */
static enum preview_answer preview_answer_early(struct transaction *t, int inside)
{
    int more = ci_req_hasbody(t->request) && !ci_req_hasalldata(t->request);

    if (t->action == POLICY_PASS && respond_may_204(t, inside))
        return PREVIEW_204;
    if (!more)
        return PREVIEW_CONTINUE;
    if (t->action == POLICY_FAIL && inside)
        return PREVIEW_FAIL;
    intake_follow_decision(t);
    return PREVIEW_CONTINUE;
}

enum preview_answer preview_begin(struct transaction *t, const void *data, size_t length,
                                  int inside)
{
    preview_strip_range(t);
    preview_check_lengths(t);
    if (t->phase == TRANSACTION_OPEN)
        exempt_by_headers(t);
    if (t->phase == TRANSACTION_OPEN && !state_wait_ready(state_settings.ready_wait))
        transaction_decide_reason(t, REASON_NO_ENGINE, NULL);
    if (!ci_req_hasbody(t->request))
        preview_decide_bodiless(t);
    else if (length)
        intake_preview(t, data, length);
    t->whole_preview = inside && ci_req_hasalldata(t->request);
    if (t->received >= MAGIC_BYTES || ci_req_hasalldata(t->request))
        exempt_by_type(t);
    if (t->phase == TRANSACTION_OPEN)
        preview_begin_stream(t, data, length);
    if (t->streaming)
        return PREVIEW_CONTINUE; /* no 204: its bytes are looked at */
    return t->phase != TRANSACTION_OPEN ? preview_answer_early(t, inside) : PREVIEW_CONTINUE;
}
