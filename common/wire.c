/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/wire.h"

#include <string.h>

#include "common/facts.h"
#include "common/members.h"

void wire_request_init(struct wire_request *request, enum wire_kind kind)
{
    memset(request, 0, sizeof *request);
    request->magic = WIRE_MAGIC;
    request->version = WIRE_VERSION;
    request->kind = (uint16_t)kind;
}

static int wire_check_header(const struct wire_request *request, struct err *err)
{
    const uint32_t known =
        WIRE_BODY_FD | WIRE_HAS_SHA256 | WIRE_NO_CACHE | WIRE_UPLOAD | WIRE_ALL_THREATS;

    if (request->magic != WIRE_MAGIC)
        return err_set(err, "not a scan request (bad magic)");
    if (request->version != WIRE_VERSION)
        return err_set(err, "protocol version %u, this scanner speaks %u", request->version,
                       WIRE_VERSION);
    if (request->kind < WIRE_SCAN || request->kind > WIRE_REOPEN)
        return err_set(err, "unknown request kind %u", request->kind);
    if ((request->flags & ~known) != 0)
        return err_set(err, "unknown request flags %#x", request->flags);
    if (request->deadline_ms == 0 || request->deadline_ms > WIRE_DEADLINE_MAX_MS)
        return err_set(err, "deadline of %u ms is outside 1 to %u", request->deadline_ms,
                       WIRE_DEADLINE_MAX_MS);
    if (request->name_length > WIRE_NAME_MAX || request->type_length > WIRE_TYPE_MAX ||
        request->encoding_length > WIRE_ENCODING_MAX || request->client_length > WIRE_CLIENT_MAX)
        return err_set(err, "a text of the request is too long");
    if (!(request->flags & WIRE_BODY_FD) && request->length > WIRE_INLINE_MAX)
        return err_set(err, "%llu bytes are too many for an inline body",
                       (unsigned long long)request->length);
    if (request->length > INT64_MAX)
        return err_set(err, "impossible body length");
    return 0;
}

int wire_request_check(const void *message, size_t length, int head_only, struct wire_view *view,
                       struct err *err)
{
    const struct wire_request *request = message;

    memset(view, 0, sizeof *view);
    if (length < sizeof *request)
        return err_set(err, "%zu bytes are too few for a request", length);
    if (wire_check_header(request, err) < 0)
        return -1;

    size_t texts = (size_t)request->name_length + request->type_length + request->encoding_length +
                   request->client_length;
    size_t head = sizeof *request + texts;
    size_t whole = head + (request->flags & WIRE_BODY_FD ? 0 : (size_t)request->length);

    if (length < head || (!head_only && length != whole))
        return err_set(err, "%zu bytes received where the header says %zu", length, whole);

    view->request = request;
    view->name = (const char *)message + sizeof *request;
    view->type = view->name + request->name_length;
    view->encoding = view->type + request->type_length;
    view->client = view->encoding + request->encoding_length;
    if (!head_only && !(request->flags & WIRE_BODY_FD))
        view->body = (const uint8_t *)message + head;
    return 0;
}

void wire_reply_init(struct wire_reply *reply, enum reason reason)
{
    memset(reply, 0, sizeof *reply);
    reply->magic = WIRE_MAGIC;
    reply->version = WIRE_VERSION;
    reply->verdict = (uint8_t)reason_verdict(reason);
    reply->reason = (uint8_t)reason;
}

int wire_reply_check(struct wire_reply *reply, size_t length, struct err *err)
{
    const char *problem = NULL;

    if (length != sizeof *reply)
        problem = "wrong size";
    else if (reply->magic != WIRE_MAGIC || reply->version != WIRE_VERSION)
        problem = "another protocol version (restart the scanner and c-icap together)";
    else if ((reply->depends & ~WIRE_DEPENDS_ALL) != 0)
        problem = "unknown dependencies";
    else if (reply->verdict != reason_verdict(reply->reason))
        problem = "verdict and reason contradict each other";
    else if (!memchr(reply->threat, 0, sizeof reply->threat) ||
             !memchr(reply->part, 0, sizeof reply->part) ||
             !memchr(reply->detail, 0, sizeof reply->detail) ||
             !memchr(reply->facts, 0, sizeof reply->facts) ||
             !memchr(reply->members, 0, sizeof reply->members))
        problem = "a text is not terminated";
    else if (!members_check(reply->members))
        problem = "the list of members is malformed";
    else if (!facts_check(reply->facts))
        problem = "the list of facts is malformed";
    else if (reply->verdict == VERDICT_INFECTED && reply->threat[0] == '\0')
        problem = "infected without a threat's name";
    if (!problem)
        return 0;
    wire_reply_init(reply, REASON_PROTOCOL);
    return err_set(err, "the scanner's reply is malformed: %s", problem);
}
