/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "modules/epost_av/respond.h"

#include <poll.h>
#include <string.h>

#include "common/clock.h"
#include "modules/epost_av/istag.h"
#include "modules/epost_av/verdict_headers.h"
#include "modules/epost_av/scan.h"
#include "modules/epost_av/state.h"
#include "modules/epost_av/transaction.h"

#define CHUNK_LEAST 5 /* bytes that c-icap may hold without another chunk, or the last, in them */

int respond_may_204(const struct transaction *t, int inside)
{
    if (t->arguments.never_204 || t->stripped || ci_req_sent_data(t->request))
        return 0;
    /* The answer to a preview may be 204 whatever Allow says. */
    return ci_req_allow204(t->request) || inside || t->whole_preview;
}

/* An answer is given, so that what was decided is final. */
static void respond_given(struct transaction *t, int status)
{
    t->status = status;
    transaction_settle(t);
}

void respond_mark_204(struct transaction *t)
{
    istag_refresh();
    verdict_headers_icap(t);
    t->request->allow204 = 1; /* c-icap looks only at Allow, see respond_may_204 */
    respond_given(t, 204);
}

void respond_mark_fail(struct transaction *t)
{
    istag_refresh();
    verdict_headers_icap(t);
    respond_given(t, 500);
}

static void respond_echo(struct transaction *t)
{
    t->answer = TRANSACTION_ECHO;
    respond_given(t, 200);
    istag_refresh();
}

void respond_echo_now(struct transaction *t)
{
    if (t->answer == TRANSACTION_ECHO)
        return; /* trickling has begun it */
    verdict_headers_icap(t);
    verdict_headers_http(t);
    respond_echo(t);
    ci_req_unlock_data(t->request);
}

/* ICAP 500 or 503 in the ordinary way, so that the connection can go on. */
static int respond_fail(struct transaction *t)
{
    int busy = t->reply.reason == REASON_BUSY || t->reply.reason == REASON_NO_ENGINE ||
               t->reply.reason == REASON_UNAVAILABLE || t->reply.reason == REASON_RETRY ||
               t->reply.reason == REASON_PENDING;

    respond_mark_fail(t);
    ci_http_response_create(t->request, 0, 0);
    t->request->return_code = busy ? EC_503 : EC_500;
    t->status = busy ? 503 : 500;
    return CI_MOD_DONE;
}

static int respond_block(struct transaction *t)
{
    istag_refresh();
    verdict_headers_icap(t);
    if (verdict_headers_page(t) < 0) {
        transaction_fail(t);
        return respond_fail(t);
    }
    t->answer = TRANSACTION_PAGE;
    respond_given(t, 200);
    return CI_MOD_DONE;
}

static int respond_answer(struct transaction *t)
{
    if (t->action == POLICY_BLOCK)
        return respond_block(t);
    if (t->action != POLICY_PASS)
        return respond_fail(t);
    if (respond_may_204(t, 0)) {
        respond_mark_204(t);
        return CI_MOD_ALLOW204;
    }
    verdict_headers_icap(t);
    verdict_headers_http(t);
    respond_echo(t);
    return CI_MOD_DONE;
}

/* -------------------------------------------------------------------- trickling */

/* Nanoseconds from the start to the first bytes, 0 never. File servers and mail filters send no
 * preview; they read the verdict from the beginning of the answer, which must not come without.
 * An upload's sender would see nothing of what its receiver gets. */
static uint64_t respond_trickle_after(const struct transaction *t)
{
    if (!t->arguments.policy->trickles || ci_req_type(t->request) != ICAP_RESPMOD ||
        ci_req_preview_size(t->request) < 0)
        return 0;
    return (uint64_t)state_settings.trickle_after * 1000000u;
}

static int respond_trickle_due(const struct transaction *t)
{
    uint64_t after = respond_trickle_after(t);

    return after && clock_now() - t->started_ns >= after;
}

/* The original begins to go out although nothing is known of it. */
static void respond_trickle_begin(struct transaction *t)
{
    verdict_headers_icap(t);
    respond_echo(t);
    ci_req_unlock_data(t->request);
}

/* Whether the client sends nothing until that time. A client may wait for us: Squid 5.5 to 6.12
 * stops reading from the origin until its own client gets something. False where c-icap or its
 * TLS may still hold bytes, or has not sent what it was given. */
static bool respond_is_silent(const struct transaction *t, uint64_t until_ns)
{
    const ci_connection_t *connection = t->request->connection;
    uint64_t now = clock_now();
    int wait_ms = until_ns > now ? (int)((until_ns - now + 999999u) / 1000000u) : 0;

    /* All that c-icap has may be with this piece already, and the end behind it: then nothing more
     * comes, and the client is not silent but waits. */
    if (!connection || t->request->eof_received || t->request->pstrblock_read_len >= CHUNK_LEAST ||
        t->request->remain_send_block_bytes > 0)
        return false;
#ifdef USE_OPENSSL
    if (connection->bio)
        return false;
#endif
    struct pollfd input = {.fd = connection->fd, .events = POLLIN | POLLRDHUP};
    return poll(&input, 1, wait_ms) == 0;
}

bool respond_trickle(struct transaction *t)
{
    uint64_t after = respond_trickle_after(t);

    if (!after || t->mode != TRANSACTION_SCAN || t->phase != TRANSACTION_OPEN ||
        t->answer == TRANSACTION_ECHO || t->stripped)
        return false;
    if (!respond_trickle_due(t) && !respond_is_silent(t, t->started_ns + after))
        return false;
    respond_trickle_begin(t);
    return true;
}

/* Waits for the verdict, unless TrickleAfter comes first. Returns 1 when decided. */
static int respond_wait_or_trickle(struct transaction *t)
{
    uint64_t after = respond_trickle_after(t);
    uint64_t age = clock_now() - t->started_ns;

    if (!after)
        return scan_wait(t, -1);
    return scan_wait(t, age < after ? (int)((after - age) / 1000000u) : 0);
}

int respond_end_of_data(struct transaction *t)
{
    t->ended = 1;
    if (t->mode == TRANSACTION_PASS)
        return CI_MOD_DONE; /* going out already */
    if (t->phase == TRANSACTION_OPEN)
        scan_begin(t);
    if (t->answer == TRANSACTION_ECHO)
        return CI_MOD_DONE; /* respond_give waits for the verdict */
    if (t->phase == TRANSACTION_OPEN && !respond_wait_or_trickle(t)) {
        respond_trickle_begin(t);
        return CI_MOD_DONE;
    }
    return respond_answer(t);
}

/* A few bytes every TrickleInterval, until the verdict allows all or breaks it off. */
static int respond_give_trickle(struct transaction *t, char *data, int size, int complete)
{
    int waits = t->ended; /* until then bytes still come, and the scan has not begun */
    uint64_t interval = (uint64_t)state_settings.trickle_interval * 1000000u;
    uint64_t now = clock_now();

    if (waits)
        scan_wait(t, (int)state_settings.trickle_interval);
    if (t->phase != TRANSACTION_OPEN)
        return respond_give(t, data, size, complete);
    if (!waits && t->trickled_ns && now - t->trickled_ns < interval &&
        !respond_is_silent(t, t->trickled_ns + interval))
        return 0;
    t->trickled_ns = clock_now();
    if (size > (int)state_settings.trickle_bytes)
        size = (int)state_settings.trickle_bytes;
    /* The last byte stays here: with it the client might have all it needs. */
    if ((uint64_t)size >= body_left(&t->body))
        size = body_left(&t->body) ? (int)body_left(&t->body) - 1 : 0;
    int given = size ? body_peel(&t->body, data, (size_t)size) : 0;
    if (given > 0)
        t->sent += (uint64_t)given;
    if (given != 0 || !waits)
        return given;
    scan_wait(t, -1); /* nothing is left to give before the verdict */
    return respond_give(t, data, size, complete);
}

/* ------------------------------------------------------------------ the body */

static int respond_give_page(struct transaction *t, char *data, int size)
{
    size_t left = t->page.length - t->page_at;
    size_t part = left < (size_t)size ? left : (size_t)size;

    if (!left)
        return CI_EOF;
    memcpy(data, t->page.data + t->page_at, part);
    t->page_at += part;
    return (int)part;
}

int respond_give(struct transaction *t, char *data, int size, int complete)
{
    if (t->answer == TRANSACTION_PAGE)
        return respond_give_page(t, data, size);
    if (t->answer != TRANSACTION_ECHO)
        return 0;
    if (t->phase == TRANSACTION_OPEN)
        return respond_give_trickle(t, data, size, complete);
    if (t->action != POLICY_PASS) {
        transaction_cut(t);
        return CI_ERROR;
    }
    transaction_settle(t); /* of one whose echo began before the verdict */
    int given = body_read(&t->body, data, (size_t)size);
    if (given < 0)
        return CI_ERROR;
    t->sent += (uint64_t)given;
    return given == 0 && complete ? CI_EOF : given;
}
