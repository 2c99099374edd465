/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/eventtext.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/text.h"
#include "common/verdict.h"

#define EVENTTEXT_LAST_MS 253402300799999ull /* the end of the year 9999 */

/* All or nothing: cuts off what a half-done addition left behind. */
static int eventtext_finish(struct buf *out, size_t before, int status)
{
    if (status < 0 && out->data) {
        out->length = before;
        out->data[before] = '\0';
    }
    return status;
}

int eventtext_time(struct buf *out, uint64_t time_ms)
{
    char text[32];
    struct tm utc;

    if (time_ms > EVENTTEXT_LAST_MS)
        time_ms = EVENTTEXT_LAST_MS;
    time_t seconds = (time_t)(time_ms / 1000);
    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &utc));
    return buf_addf(out, "%s.%03uZ", text, (unsigned)(time_ms % 1000));
}

static int eventtext_duration(struct buf *out, uint64_t us)
{
    return buf_addf(out, "%llu.%03u", (unsigned long long)(us / 1000), (unsigned)(us % 1000));
}

/* The values that all forms write alike. */
static int eventtext_number(struct buf *out, const struct event_row *row, uint64_t number)
{
    switch (row->type) {
    case EVENT_TIME:
        return eventtext_time(out, number);
    case EVENT_DURATION:
        return eventtext_duration(out, number);
    default:
        return buf_addf(out, "%llu", (unsigned long long)number);
    }
}

/* ------------------------------------------------------------------ key=value */

/* Escapes a text with `escape`; of a list the line breaks become commas first. */
static int eventtext_escape(struct buf *out, const struct event_row *row,
                            const struct event_value *value,
                            int (*escape)(struct buf *out, const char *text, size_t length))
{
    struct buf list;
    int status;

    if (row->type != EVENT_LIST)
        return escape(out, value->text, value->length);
    buf_init(&list, row->most);
    status = buf_add(&list, value->text, value->length);
    for (size_t i = 0; status == 0 && i < list.length; i++)
        if (list.data[i] == '\n')
            list.data[i] = ',';
    if (status == 0)
        status = escape(out, list.data, list.length);
    buf_free(&list);
    return status;
}

int eventtext_keyvalue(struct buf *out, const struct event *event)
{
    size_t before = out->length, count;
    const struct event_row *rows = event_rows(&count);
    int status = 0;

    for (size_t i = 0; status == 0 && i < count; i++) {
        const struct event_value *value = &event->values[rows[i].field];
        if (!value->is_set)
            continue;
        status = buf_addf(out, "%s%s=", out->length > before ? " " : "", rows[i].name);
        if (status < 0)
            break;
        if (rows[i].most)
            status = eventtext_escape(out, &rows[i], value, text_log);
        else if (rows[i].type == EVENT_BOOL)
            status = buf_adds(out, value->number ? "yes" : "no");
        else
            status = eventtext_number(out, &rows[i], value->number);
    }
    return eventtext_finish(out, before, status);
}

int eventtext_value(struct buf *out, const struct event *event, enum event_field field)
{
    const struct event_row *row = event_row(field);
    const struct event_value *value = &event->values[field];

    if (!row || !value->is_set)
        return 0;
    if (row->most)
        return eventtext_escape(out, row, value, text_plain);
    if (row->type == EVENT_BOOL)
        return buf_adds(out, value->number ? "yes" : "no");
    return eventtext_number(out, row, value->number);
}

/* ----------------------------------------------------------------------- JSON */

static int eventtext_json_list(struct buf *out, const struct event_value *value)
{
    const char *at = value->text, *end = at + value->length;
    int status = buf_adds(out, "[");

    for (bool is_first = true; status == 0 && at < end; is_first = false) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = stop ? (size_t)(stop - at) : (size_t)(end - at);
        if (!is_first)
            status = buf_adds(out, ",");
        if (status == 0)
            status = text_json(out, at, length);
        at += length + 1;
    }
    return status < 0 ? status : buf_adds(out, "]");
}

static int eventtext_json_value(struct buf *out, const struct event_row *row,
                                const struct event_value *value)
{
    if (row->type == EVENT_LIST)
        return eventtext_json_list(out, value);
    if (row->most)
        return text_json(out, value->text, value->length);
    if (row->type == EVENT_BOOL)
        return buf_adds(out, value->number ? "true" : "false");
    if (row->type != EVENT_TIME)
        return eventtext_number(out, row, value->number);
    if (buf_adds(out, "\"") < 0 || eventtext_number(out, row, value->number) < 0)
        return -1;
    return buf_adds(out, "\"");
}

int eventtext_json(struct buf *out, const struct event *event)
{
    size_t before = out->length, count;
    const struct event_row *rows = event_rows(&count);
    int status = buf_adds(out, "{");
    bool is_first = true;

    for (size_t i = 0; status == 0 && i < count; i++) {
        const struct event_value *value = &event->values[rows[i].field];
        if (!value->is_set)
            continue;
        status = buf_addf(out, "%s\"%s\":", is_first ? "" : ",", rows[i].name);
        is_first = false;
        if (status == 0)
            status = eventtext_json_value(out, &rows[i], value);
    }
    if (status == 0)
        status = buf_adds(out, "}");
    return eventtext_finish(out, before, status);
}

/* ------------------------------------------------------------------------ CEF */

/* In the header '|' and '\' are escaped, behind it '=' and '\'. */
static int eventtext_cef_text(struct buf *out, const char *text, size_t length, char special)
{
    struct buf plain;
    int status;

    buf_init(&plain, length * 3);
    status = text_plain(&plain, text, length);
    for (size_t i = 0; status == 0 && i < plain.length; i++) {
        if (plain.data[i] == '\\' || plain.data[i] == special)
            status = buf_adds(out, "\\");
        if (status == 0)
            status = buf_add(out, plain.data + i, 1);
    }
    buf_free(&plain);
    return status;
}

static int eventtext_cef_value(struct buf *out, const struct event_row *row,
                               const struct event_value *value)
{
    const char *at = value->text, *end = at ? at + value->length : at;

    if (row->type == EVENT_TIME)
        return buf_addf(out, "%llu", (unsigned long long)value->number);
    if (row->type == EVENT_DURATION) /* cn1 … are whole numbers */
        return buf_addf(out, "%llu", (unsigned long long)(value->number / 1000));
    if (!row->most)
        return eventtext_number(out, row, value->number);
    if (row->type != EVENT_LIST)
        return eventtext_cef_text(out, value->text, value->length, '=');
    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        size_t length = stop ? (size_t)(stop - at) : (size_t)(end - at);
        if (eventtext_cef_text(out, at, length, '=') < 0 || (stop && buf_adds(out, ",") < 0))
            return -1;
        at += length + 1;
    }
    return 0;
}

/* CEF's src takes an IPv4 address only; one of IPv6 has a place of its own. */
static const char *eventtext_cef_key(const struct event_row *row, const struct event_value *value,
                                     const char **label_r)
{
    const char *key = row->cef;

    *label_r = NULL;
    if (row->field == EVENT_FIELD_CLIENT && memchr(value->text, ':', value->length)) {
        *label_r = "Source IPv6 Address";
        return "c6a2";
    }
    if (strncmp(key, "cs", 2) == 0 || (strncmp(key, "cn", 2) == 0 && strcmp(key, "cnt") != 0) ||
        strncmp(key, "flexString", 10) == 0)
        *label_r = row->name;
    return key;
}

static int eventtext_cef_field(struct buf *out, const struct event_row *row,
                               const struct event_value *value, bool is_first)
{
    const char *label, *key = eventtext_cef_key(row, value, &label);

    if (buf_addf(out, "%s%s=", is_first ? "" : " ", key) < 0 ||
        eventtext_cef_value(out, row, value) < 0)
        return -1;
    return label ? buf_addf(out, " %sLabel=%s", key, label) : 0;
}

/* CEF:0|vendor|product|version|class|name|severity| */
static int eventtext_cef_head(struct buf *out, const struct event *event)
{
    enum event_kind kind = event_kind_of(event);
    char verdict[32], reason[32];

    if (buf_adds(out, "CEF:0|epost|epost-av|" PACKAGE_VERSION "|") < 0)
        return -1;
    if (kind != EVENT_KIND_TRANSACTION)
        return buf_addf(out, "%s|%s|%u|", event_kind_name(kind), event_kind_text(kind),
                        event_severity(event));
    event_copy(event, EVENT_FIELD_VERDICT, verdict, sizeof verdict);
    event_copy(event, EVENT_FIELD_REASON, reason, sizeof reason);
    int known = reason_from_name(reason);
    if (eventtext_cef_text(out, verdict, strlen(verdict), '|') < 0 ||
        (*reason &&
         (buf_adds(out, "/") < 0 || eventtext_cef_text(out, reason, strlen(reason), '|') < 0)))
        return -1;
    return buf_addf(out, "|%s|%u|",
                    known >= 0 ? reason_text((unsigned)known) : "ended before a verdict",
                    event_severity(event));
}

int eventtext_cef(struct buf *out, const struct event *event)
{
    size_t before = out->length, count;
    const struct event_row *rows = event_rows(&count);
    int status = eventtext_cef_head(out, event);
    bool is_first = true;

    for (size_t i = 0; status == 0 && i < count; i++) {
        const struct event_value *value = &event->values[rows[i].field];
        if (!value->is_set || !*rows[i].cef)
            continue;
        status = eventtext_cef_field(out, &rows[i], value, is_first);
        is_first = false;
    }
    return eventtext_finish(out, before, status);
}

int eventtext_add(struct buf *out, const struct event *event, enum eventtext_format format)
{
    switch (format) {
    case EVENTTEXT_JSON:
        return eventtext_json(out, event);
    case EVENTTEXT_CEF:
        return eventtext_cef(out, event);
    default:
        return eventtext_keyvalue(out, event);
    }
}
