/* SPDX-License-Identifier: GPL-2.0-or-later */
/* eventspage: searching events, and one of them with its layers. */
#include <stdio.h>
#include <string.h>

#include "common/eventtext.h"
#include "common/text.h"
#include "common/verdict.h"
#include "operate/answers.h"
#include "operate/html.h"
#include "operate/words.h"

/* ----------------------------------------------------------------------- form */

static void eventspage_label(const struct html *page, const char *name, const char *key)
{
    buf_addf(page->out, "<div><label for=\"s-%s\">", name);
    html_word(page, key);
    buf_adds(page->out, "</label>");
}

static void eventspage_input(const struct html *page, const struct request *request,
                             const char *name, const char *key, const char *type)
{
    eventspage_label(page, name, key);
    buf_addf(page->out, "<input id=\"s-%s\" name=\"%s\" type=\"%s\" value=\"", name, name, type);
    html_text(page, request_value(request, name));
    buf_adds(page->out, "\"></div>\n");
}

struct eventspage_select {
    const struct html *page;
    const char *chosen;
};

static void eventspage_option(void *data, const char *token)
{
    const struct eventspage_select *select = data;

    buf_addf(select->page->out, "<option value=\"%s\"%s>", token,
             strcmp(token, select->chosen) == 0 ? " selected" : "");
    html_word(select->page, token);
    buf_adds(select->page->out, "</option>");
}

static void eventspage_choice(const struct html *page, const struct request *request,
                              const char *name, const char *key, enum event_field field)
{
    struct eventspage_select select = {page, request_value(request, name)};

    eventspage_label(page, name, key);
    buf_addf(page->out, "<select id=\"s-%s\" name=\"%s\"><option value=\"\">", name, name);
    html_word(page, "any");
    buf_adds(page->out, "</option>");
    event_tokens(field, eventspage_option, &select);
    buf_adds(page->out, "</select></div>\n");
}

static void eventspage_form(const struct html *page, const struct request *request)
{
    char key[40];

    buf_addf(page->out,
             "<form action=\"/events\" method=\"get\" role=\"search\"><input type=\"hidden\" "
             "name=\"lang\" value=\"%s\">\n",
             page->language);
    for (unsigned i = 0; i < SCHEMA_COLUMN_COUNT; i++) {
        snprintf(key, sizeof key, "f-%s", schema_columns[i].name);
        eventspage_input(page, request, schema_columns[i].name, key, "text");
    }
    eventspage_choice(page, request, "kind", "f-event", EVENT_FIELD_EVENT);
    eventspage_choice(page, request, "verdict", "f-verdict", EVENT_FIELD_VERDICT);
    eventspage_choice(page, request, "reason", "f-reason", EVENT_FIELD_REASON);
    eventspage_choice(page, request, "action", "f-action", EVENT_FIELD_ACTION);
    eventspage_input(page, request, "from", "from", "date");
    eventspage_input(page, request, "until", "until", "date");
    buf_adds(page->out, "<div><button>");
    html_word(page, "search");
    buf_adds(page->out, "</button></div></form><p class=\"note\">");
    html_word(page, "search-help");
    buf_adds(page->out, "</p>\n");
}

/* ----------------------------------------------------------------------- list */

struct eventspage_list {
    struct html *page;
    unsigned count;
    int64_t last;
};

static void eventspage_row(void *data, int64_t number, const struct event *event)
{
    struct eventspage_list *list = data;

    html_table_row(list->page, number, event);
    list->count++;
    list->last = number;
}

/* The same search, from the last row on. */
static void eventspage_older(const struct html *page, const struct request *request, int64_t last)
{
    buf_addf(page->out, "<p><a rel=\"next\" href=\"/events?before=%lld", (long long)last);
    for (unsigned i = 0; i < request->arguments; i++) {
        const struct request_argument *argument = &request->argument[i];
        if (!*argument->value || strcmp(argument->name, "before") == 0 ||
            strspn(argument->name, "abcdefghijklmnopqrstuvwxyz_0123456789") <
                strlen(argument->name))
            continue;
        buf_adds(page->out, "&amp;");
        html_argument(page, argument->name, argument->value);
    }
    buf_adds(page->out, "\">");
    html_word(page, "older");
    buf_adds(page->out, "</a></p>\n");
}

static void eventspage_alert(const struct html *page, struct route_answer *answer, unsigned status,
                             const char *key, const char *detail)
{
    answer->status = status;
    buf_adds(page->out, "<p class=\"alert\" role=\"alert\">");
    html_word(page, key);
    buf_adds(page->out, " ");
    html_text(page, detail);
    buf_adds(page->out, "</p>\n");
}

static void eventspage_results(struct monitor *monitor, struct html *page,
                               const struct request *request, struct route_answer *answer)
{
    struct eventspage_list list = {.page = page};
    struct find_query query;
    struct err err;

    if (searchquery_read(request, &query) < 0) {
        eventspage_alert(page, answer, 400, "bad-query", "");
        return;
    }
    struct find *find = find_open(monitor->conf->database, &err);
    html_table_begin(page);
    int found = find ? find_events(find, &query, eventspage_row, &list, &err) : -1;
    html_table_end(page);
    find_close(&find);
    if (found < 0)
        eventspage_alert(page, answer, 503, "failed", err.text);
    else if (!found)
        eventspage_alert(page, answer, 200, "no-events", "");
    else if (list.count == query.limit)
        eventspage_older(page, request, list.last);
}

void eventspage_list(struct monitor *monitor, const struct request *request,
                     struct route_answer *answer)
{
    struct html page = {&answer->body, request->language, monitor->conf->node};

    html_begin(&page, "events", "/events", 0);
    buf_adds(page.out, "<h1>");
    html_word(&page, "events");
    buf_adds(page.out, "</h1>\n");
    eventspage_form(&page, request);
    eventspage_results(monitor, &page, request, answer);
    html_end(&page);
}

/* ------------------------------------------------------------------------ one */

/* "mail > invoice.zip > a.exe" as a list within a list, the body itself outermost. */
static void eventspage_layers(const struct html *page, const struct event *event)
{
    size_t length;
    const char *part = event_text(event, EVENT_FIELD_PART, &length), *end = part + length;
    unsigned depth = 1;

    buf_adds(page->out, "<h2>");
    html_word(page, "where");
    buf_adds(page->out, "</h2><ol class=\"layers\"><li><span>");
    if (event_has(event, EVENT_FIELD_NAME))
        html_value(page, event, EVENT_FIELD_NAME);
    else
        html_word(page, "body");
    buf_adds(page->out, "</span>");
    while (part < end) {
        const char *next = memmem(part, (size_t)(end - part), " > ", 3);
        size_t one = next ? (size_t)(next - part) : (size_t)(end - part);
        buf_adds(page->out, "<ol><li><span>");
        text_html(page->out, part, one);
        buf_adds(page->out, "</span>");
        part += one + (next ? 3 : 0);
        depth++;
    }
    while (depth-- > 1)
        buf_adds(page->out, "</li></ol>");
    buf_adds(page->out, "</li></ol>\n");
}

static void eventspage_fields(const struct html *page, const struct event *event)
{
    size_t count;
    const struct event_row *rows = event_rows(&count);
    char key[40];

    buf_adds(page->out, "<h2>");
    html_word(page, "all-fields");
    buf_adds(page->out, "</h2><dl>\n");
    for (size_t i = 0; i < count; i++) {
        if (!event_has(event, rows[i].field))
            continue;
        snprintf(key, sizeof key, "f-%s", rows[i].name);
        buf_adds(page->out, "<dt>");
        html_word(page, key);
        buf_adds(page->out, "</dt><dd>");
        html_value(page, event, rows[i].field);
        buf_adds(page->out, "</dd>\n");
    }
    buf_adds(page->out, "</dl>\n");
}

static void eventspage_same(const struct html *page, const struct event *event)
{
    char key[40];

    buf_adds(page->out, "<h2>");
    html_word(page, "same");
    buf_adds(page->out, "</h2><ul>\n");
    for (unsigned i = 1; i < SCHEMA_COLUMN_COUNT; i++) { /* 0 is the request number */
        char value[REQUEST_VALUE_MAX];
        if (!event_has(event, schema_columns[i].field))
            continue;
        event_copy(event, schema_columns[i].field, value, sizeof value);
        snprintf(key, sizeof key, "f-%s", schema_columns[i].name);
        buf_addf(page->out, "<li><a href=\"/events?lang=%s&amp;", page->language);
        html_argument(page, schema_columns[i].name, value);
        buf_adds(page->out, "\">");
        html_word(page, key);
        buf_adds(page->out, "</a></li>\n");
    }
    buf_adds(page->out, "</ul>\n");
}

static void eventspage_show(void *data, int64_t number, const struct event *event)
{
    struct eventspage_list *list = data;
    const struct html *page = list->page;

    (void)number;
    if (list->count++)
        return;
    buf_adds(page->out, "<h1>");
    html_word(page, "event");
    buf_adds(page->out, " ");
    html_value(page, event, EVENT_FIELD_ID);
    buf_adds(page->out, "</h1>\n");
    html_table_begin(page);
    html_table_row(page, number, event);
    html_table_end(page);
    if (event_kind_of(event) == EVENT_KIND_TRANSACTION)
        eventspage_layers(page, event);
    eventspage_fields(page, event);
    eventspage_same(page, event);
}

void eventspage_one(struct monitor *monitor, const struct request *request,
                    struct route_answer *answer)
{
    struct html page = {&answer->body, request->language, monitor->conf->node};
    struct eventspage_list list = {.page = &page};
    struct find_query query;
    struct err err;

    html_begin(&page, "event", "", 0);
    if (searchquery_read(request, &query) < 0 || (!query.number && !query.text[0][0])) {
        eventspage_alert(&page, answer, 400, "bad-query", "");
        html_end(&page);
        return;
    }
    query.limit = 1;
    struct find *find = find_open(monitor->conf->database, &err);
    int found = find ? find_events(find, &query, eventspage_show, &list, &err) : -1;
    find_close(&find);
    if (found < 0)
        eventspage_alert(&page, answer, 503, "failed", err.text);
    else if (!found)
        eventspage_alert(&page, answer, 404, "not-found", "");
    html_end(&page);
}
