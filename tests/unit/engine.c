/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "tests/unit/engine.h"

#include <stdio.h>
#include <string.h>

#include "common/clock.h"

static const struct clam_visitor *visitor;
static uint64_t cpu_until_ns;

struct engine_log engine_log;

void clam_set_budget(struct clam *clam, const struct clam_budget *budget)
{
    (void)clam;
    cpu_until_ns = budget->cpu_until_ns;
}

void clam_set_visitor(struct clam *clam, const struct clam_visitor *given)
{
    (void)clam;
    visitor = given;
}

void clam_kind(char *kind, size_t size, const char *type)
{
    snprintf(kind, size, "%s", type);
}

static void engine_remember(const void *data, size_t length, const char *name, unsigned flags)
{
    struct engine_object *object;
    size_t start = length < sizeof object->start - 1 ? length : sizeof object->start - 1;

    if (engine_log.count == ENGINE_OBJECTS)
        return;
    object = &engine_log.objects[engine_log.count++];
    snprintf(object->name, sizeof object->name, "%s", name != NULL ? name : "");
    if (start > 0)
        memcpy(object->start, data, start);
    object->start[start] = '\0';
    object->length = length;
    object->flags = flags;
}

/* Returns false if the budget ended it. */
static bool engine_take_time(void)
{
    const uint64_t until = clock_thread_cpu() + ENGINE_SLOW_MS * CLOCK_MS;
    const bool is_short = cpu_until_ns && cpu_until_ns < until;

    while (clock_thread_cpu() < (is_short ? cpu_until_ns : until))
        ;
    return !is_short;
}

static int engine_is_text(const char *data, size_t length)
{
    size_t i;

    for (i = 0; i < length && i < 8; i++)
        if ((data[i] < ' ' && data[i] != '\r' && data[i] != '\n') || data[i] == 0x7f)
            return 0;
    return length > 0;
}

void clam_scan(struct clam *clam, const void *data, size_t length, const char *name, unsigned flags,
               struct clam_result *result)
{
    const char *type = engine_is_text(data, length) ? "CL_TYPE_TEXT_ASCII" : "CL_TYPE_BINARY_DATA";
    struct clam_layer layer = {.type = type, .data = data, .length = length};

    (void)clam;
    memset(result, 0, sizeof *result);
    engine_log.scans++;
    engine_remember(data, length, name, flags);
    snprintf(result->type, sizeof result->type, "%s", layer.type);
    result->reason = REASON_NONE;
    result->layers = 1;
    result->scanned = length;
    if (length >= sizeof ENGINE_SLOW && memcmp(data, ENGINE_SLOW, sizeof ENGINE_SLOW - 1) == 0 &&
        !engine_take_time()) {
        result->reason = REASON_LIMIT_TIME;
        return;
    }
    if (length > 0 && memmem(data, length, ENGINE_MARK, sizeof ENGINE_MARK - 1) != NULL) {
        result->reason = REASON_SIGNATURE;
        snprintf(result->threat, sizeof result->threat, "Test-Threat");
        return;
    }
    if (visitor != NULL && length > 0) {
        visitor->enter(visitor->context, &layer);
        visitor->leave(visitor->context, &layer);
    }
}

void engine_inspect_named(const struct scanner_settings *settings, const void *body, size_t length,
                          const char *name, const char *type, const char *encoding, unsigned flags,
                          struct wire_reply *reply)
{
    struct wire_request request;
    struct wire_view view = {.request = &request, .name = name, .type = type, .encoding = encoding};
    struct inspect_job job = {.view = &view,
                              .body = body,
                              .length = length,
                              .settings = settings,
                              .tmpdir = "/nonexistent"};

    memset(&engine_log, 0, sizeof engine_log);
    wire_request_init(&request, WIRE_SCAN);
    request.name_length = (uint16_t)strnlen(name, WIRE_NAME_MAX);
    request.type_length = (uint16_t)strnlen(type, WIRE_TYPE_MAX);
    request.encoding_length = (uint16_t)strnlen(encoding, WIRE_ENCODING_MAX);
    request.flags = flags;
    wire_reply_init(reply, REASON_UNKNOWN);
    inspect_body(&job, reply);
}

void engine_inspect(const struct scanner_settings *settings, const void *body, size_t length,
                    const char *type, const char *encoding, unsigned flags,
                    struct wire_reply *reply)
{
    engine_inspect_named(settings, body, length, "", type, encoding, flags, reply);
}
