/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/copyprint.h"

#include <stdio.h>
#include <time.h>

#include "common/eventtext.h"
#include "common/text.h"

void copyprint_text(const char *text, size_t length)
{
    struct buf plain;

    buf_init(&plain, 65536);
    text_plain(&plain, text, length);
    fputs(buf_text(&plain), stdout);
    buf_free(&plain);
}

static void copyprint_field(const struct event *event, enum event_field field)
{
    size_t length;
    const char *text = event_text(event, field, &length);

    if (length)
        copyprint_text(text, length);
    else
        putchar('-');
}

void copyprint_row(const char *number, const struct event *event)
{
    static const enum event_field shown[] = {EVENT_FIELD_ID,     EVENT_FIELD_VERDICT,
                                             EVENT_FIELD_REASON, EVENT_FIELD_ACTION,
                                             EVENT_FIELD_THREAT, EVENT_FIELD_NAME};
    char when[32];
    time_t seconds = (time_t)(event_number(event, EVENT_FIELD_TIME) / 1000);
    struct tm local;

    localtime_r(&seconds, &local);
    strftime(when, sizeof when, "%Y-%m-%d %H:%M:%S", &local);
    printf("%s  %s  %10llu", number, when,
           (unsigned long long)event_number(event, EVENT_FIELD_SIZE));
    for (size_t i = 0; i < sizeof shown / sizeof shown[0]; i++) {
        fputs("  ", stdout);
        copyprint_field(event, shown[i]);
    }
    putchar('\n');
}

int copyprint_json(const char *number, const struct event *event)
{
    struct event named = *event;
    struct buf line;

    event_set_text(&named, EVENT_FIELD_KEPT, number);
    buf_init(&line, EVENTTEXT_MAX);
    int status = eventtext_add(&line, &named, EVENTTEXT_JSON);
    puts(buf_text(&line));
    buf_free(&line);
    return status;
}
