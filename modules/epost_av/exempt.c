/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/exempt.h"

#include "modules/epost_av/magic.h"
#include "modules/epost_av/transaction.h"

static void exempt_decide(struct transaction *t, enum exceptions_answer answer)
{
    if (answer == EXCEPTIONS_BLOCK)
        transaction_decide_reason(t, REASON_BLOCK_LISTED, t->rule);
    else if (answer == EXCEPTIONS_SKIP)
        transaction_decide_reason(t, REASON_SKIPPED, t->rule);
}

void exempt_by_headers(struct transaction *t)
{
    struct exceptions_subject subject = {
        .host = t->headers.host,
        .url = buf_text(&t->headers.url),
        .client = t->headers.client,
        .user = t->headers.user,
    };

    exempt_decide(t, exceptions_request(t->exceptions, &subject, t->rule, sizeof t->rule));
}

void exempt_by_type(struct transaction *t)
{
    uint8_t head[MAGIC_BYTES];

    if (t->type_checked || t->phase != TRANSACTION_OPEN)
        return;
    t->type_checked = 1;
    if (exceptions_want_type(t->exceptions))
        exempt_decide(t,
                      exceptions_type(t->exceptions, head, body_head(&t->body, head, sizeof head),
                                      t->rule, sizeof t->rule));
}

void exempt_by_sha256(struct transaction *t)
{
    exempt_decide(t, exceptions_sha256(t->exceptions, t->body.sha256, t->rule, sizeof t->rule));
}
