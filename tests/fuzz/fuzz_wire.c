/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request, a reply, facts and members as the other process sent them. What is accepted points
 * into the message and is terminated. */
#include <stdlib.h>
#include <string.h>

#include "common/facts.h"
#include "common/members.h"
#include "common/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void wire_inside(const void *message, size_t length, const void *part, size_t part_length)
{
    const char *begin = message, *at = part;

    if (part_length &&
        (at < begin || part_length > length || (size_t)(at - begin) > length - part_length))
        abort();
}

static void wire_request_input(const void *message, size_t length, int head_only)
{
    struct wire_view view;
    struct err err;

    if (wire_request_check(message, length, head_only, &view, &err) < 0)
        return;
    const struct wire_request *request = view.request;
    wire_inside(message, length, view.name, request->name_length);
    wire_inside(message, length, view.type, request->type_length);
    wire_inside(message, length, view.encoding, request->encoding_length);
    wire_inside(message, length, view.client, request->client_length);
    if (view.body)
        wire_inside(message, length, view.body, (size_t)request->length);
    if (request->deadline_ms == 0 && request->kind == WIRE_SCAN)
        abort();
}

static void wire_reply_input(const uint8_t *data, size_t size)
{
    struct wire_reply reply;
    struct fact fact;
    struct err err;

    memset(&reply, 0, sizeof reply);
    memcpy(&reply, data, size < sizeof reply ? size : sizeof reply);
    if (wire_reply_check(&reply, size < sizeof reply ? size : sizeof reply, &err) < 0) {
        if (reply.verdict != VERDICT_ERROR)
            abort();
        return;
    }
    for (const char *at = reply.facts; facts_next(&at, &fact);)
        continue;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > WIRE_MESSAGE_MAX)
        return 0;
    uint8_t *message = malloc(size); /* aligned, and not a byte longer */
    if (!message)
        return 0;
    memcpy(message, data, size);
    wire_request_input(message, size, 0);
    wire_request_input(message, size, 1);
    wire_reply_input(message, size);
    free(message);
    return 0;
}
