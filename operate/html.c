/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/html.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/eventtext.h"
#include "common/text.h"
#include "common/verdict.h"
#include "operate/words.h"

void html_text(const struct html *page, const char *text)
{
    text_html(page->out, text, strlen(text));
}

void html_word(const struct html *page, const char *key)
{
    html_text(page, words(page->language, key));
}

void html_argument(const struct html *page, const char *name, const char *value)
{
    buf_addf(page->out, "%s=", name);
    for (const unsigned char *c = (const unsigned char *)value; *c; c++) {
        bool is_plain = (*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') ||
                        (*c >= '0' && *c <= '9') || strchr("-._~", *c);
        buf_addf(page->out, is_plain ? "%c" : "%%%02X", *c);
    }
}

void html_time(const struct html *page, uint64_t time_ms)
{
    char text[64];
    time_t seconds = (time_t)(time_ms / 1000 < 253402300799ull ? time_ms / 1000 : 253402300799ull);
    struct tm local;

    strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", localtime_r(&seconds, &local));
    buf_adds(page->out, "<time datetime=\"");
    eventtext_time(page->out, time_ms);
    buf_addf(page->out, "\">%s</time>", text);
}

void html_value(const struct html *page, const struct event *event, enum event_field field)
{
    const struct event_row *row = event_row(field);
    struct buf value;

    if (!row || !event_has(event, field))
        return;
    if (row->type == EVENT_TIME) {
        html_time(page, event_number(event, field));
        return;
    }
    buf_init(&value, EVENTTEXT_MAX);
    eventtext_value(&value, event, field);
    if (row->type == EVENT_TOKEN || row->type == EVENT_BOOL)
        html_word(page, buf_text(&value));
    else
        text_html(page->out, buf_text(&value), value.length);
    buf_free(&value);
}

/* ----------------------------------------------------------------------- frame */

static void html_link(const struct html *page, const char *path, const char *key, const char *here)
{
    bool is_here = strcmp(path, here) == 0;

    buf_addf(page->out, "<a href=\"%s?lang=%s\"%s>", path, page->language,
             is_here ? " aria-current=\"page\"" : "");
    html_word(page, key);
    buf_adds(page->out, "</a>");
}

void html_begin(const struct html *page, const char *key, const char *here, unsigned refresh_s)
{
    const char *other = strcmp(page->language, "ja") == 0 ? "en" : "ja";

    buf_addf(page->out,
             "<!DOCTYPE html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\">"
             "<meta name=\"viewport\" content=\"width=device-width\">"
             "<meta name=\"color-scheme\" content=\"light dark\">",
             page->language);
    if (refresh_s)
        buf_addf(page->out, "<meta http-equiv=\"refresh\" content=\"%u\">", refresh_s);
    buf_adds(page->out, "<link rel=\"stylesheet\" href=\"/style.css\">"
                        "<link rel=\"icon\" href=\"/icon.svg\"><title>");
    html_word(page, key);
    buf_adds(page->out, " – ");
    html_text(page, page->node);
    buf_adds(page->out, "</title></head><body><a class=\"skip\" href=\"#main\">");
    html_word(page, "skip");
    buf_adds(page->out, "</a><header><strong>");
    html_word(page, "title");
    buf_adds(page->out, "</strong><span class=\"node\">");
    html_text(page, page->node);
    buf_adds(page->out, "</span><nav>");
    html_link(page, "/", "status", here);
    html_link(page, "/events", "events", here);
    if (*here) {
        buf_addf(page->out, "<a href=\"%s?lang=%s\" lang=\"%s\">", here, other, other);
        html_word(page, "other-language");
        buf_adds(page->out, "</a>");
    }
    buf_adds(page->out, "</nav></header><main id=\"main\">\n");
}

void html_end(const struct html *page)
{
    buf_adds(page->out, "</main></body></html>\n");
}

/* ----------------------------------------------------------------------- events */

void html_table_begin(const struct html *page)
{
    static const char *const heads[] = {"f-time", "what", "f-client", "f-host", "f-name"};

    buf_adds(page->out, "<div class=\"wide\"><table class=\"events\"><thead><tr>");
    for (size_t i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        buf_adds(page->out, "<th scope=\"col\">");
        html_word(page, heads[i]);
        buf_adds(page->out, "</th>");
    }
    buf_adds(page->out, "</tr></thead><tbody>\n");
}

/* The class of an event's mark: by severity. */
static const char *html_level(const struct event *event)
{
    unsigned severity = event_severity(event);

    return severity >= 8 ? "bad" : severity >= 4 ? "warn" : "good";
}

static void html_what(const struct html *page, const struct event *event)
{
    if (event_kind_of(event) != EVENT_KIND_TRANSACTION) {
        html_value(page, event, EVENT_FIELD_EVENT);
        return;
    }
    html_value(page, event, EVENT_FIELD_VERDICT);
    buf_adds(page->out, ", ");
    html_value(page, event, EVENT_FIELD_ACTION);
    enum event_field more =
        event_has(event, EVENT_FIELD_THREAT) ? EVENT_FIELD_THREAT : EVENT_FIELD_REASON;
    if (event_has(event, more) && !event_is(event, more, "none")) {
        buf_adds(page->out, " <span class=\"more\">");
        html_value(page, event, more);
        buf_adds(page->out, "</span>");
    }
}

void html_table_row(const struct html *page, int64_t number, const struct event *event)
{
    static const enum event_field cells[] = {EVENT_FIELD_CLIENT, EVENT_FIELD_HOST,
                                             EVENT_FIELD_NAME};
    bool is_transaction = event_kind_of(event) == EVENT_KIND_TRANSACTION;

    buf_addf(page->out, "<tr><td><a href=\"/event?n=%lld&amp;lang=%s\">", (long long)number,
             page->language);
    html_value(page, event, EVENT_FIELD_TIME);
    buf_addf(page->out, "</a></td><td class=\"%s\">", html_level(event));
    html_what(page, event);
    buf_adds(page->out, "</td>");
    for (size_t i = 0; is_transaction && i < sizeof cells / sizeof cells[0]; i++) {
        buf_adds(page->out, "<td>");
        html_value(page, event, cells[i]);
        buf_adds(page->out, "</td>");
    }
    if (!is_transaction) {
        buf_adds(page->out, "<td colspan=\"3\">");
        html_value(page, event, EVENT_FIELD_DETAIL);
        buf_adds(page->out, "</td>");
    }
    buf_adds(page->out, "</tr>\n");
}

void html_table_end(const struct html *page)
{
    buf_adds(page->out, "</tbody></table></div>\n");
}
