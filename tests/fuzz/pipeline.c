/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/pipeline.h"

#include <stdlib.h>
#include <string.h>

#include "tests/unit/engine.h"

static const struct scanner_settings *pipeline_settings(void)
{
    static struct scanner_settings settings;

    settings.max_scan_time = 2000;
    settings.max_scan_size = 4 << 20;
    settings.max_file_size = 2 << 20;
    settings.max_files = 200;
    settings.max_recursion = 8;
    settings.max_encodings = 4;
    settings.max_ratio = 100;
    settings.json_base64 = 1;
    return &settings;
}

void pipeline_named(const uint8_t *body, size_t length, const char *name, const char *type,
                    const char *encoding, unsigned flags)
{
    /* A heap copy of exactly this size, so that a read past its end is seen. */
    uint8_t *copy = malloc(length ? length : 1);
    struct wire_reply reply;
    struct err err;

    if (copy == NULL)
        return;
    memcpy(copy, body, length);
    engine_inspect_named(pipeline_settings(), copy, length, name, type, encoding, flags, &reply);
    free(copy);
    if (reply.reason == REASON_UNKNOWN || wire_reply_check(&reply, sizeof reply, &err) != 0)
        abort();
}

void pipeline_run(const uint8_t *body, size_t length, const char *type, const char *encoding,
                  unsigned flags)
{
    pipeline_named(body, length, "", type, encoding, flags);
}
