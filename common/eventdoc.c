/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/eventdoc.h"

#include <stdio.h>
#include <string.h>

#include "common/event.h"
#include "common/text.h"

static void eventdoc_string(FILE *out, const char *text)
{
    struct buf json;

    buf_init(&json, 4096);
    text_json(&json, text, strlen(text));
    fputs(buf_text(&json), out);
    buf_free(&json);
}

struct eventdoc_list {
    FILE *out;
    const char *before; /* in front of each word */
    const char *between;
    size_t count;
    size_t a_line; /* words in one line, 0: all */
};

static void eventdoc_word(void *data, const char *token)
{
    struct eventdoc_list *list = data;

    const char *between = !list->count                                      ? ""
                          : list->a_line && list->count % list->a_line == 0 ? ",\n"
                                                                            : list->between;

    fprintf(list->out, "%s%s%s%s", between, list->before, token, list->before);
    list->count++;
}

/* The allowed values, as JSON schema. */
static void eventdoc_type(FILE *out, const struct event_row *row)
{
    struct eventdoc_list list = {.out = out, .before = "\"", .between = ", "};

    switch (row->type) {
    case EVENT_TEXT:
        fputs("\"type\": \"string\", \"minLength\": 1", out);
        break;
    case EVENT_TOKEN:
        fputs("\"enum\": [", out);
        event_tokens(row->field, eventdoc_word, &list);
        fputs("]", out);
        break;
    case EVENT_LIST:
        fputs("\"type\": \"array\", \"items\": {\"type\": \"string\"}", out);
        break;
    case EVENT_HASH:
        fputs("\"type\": \"string\", \"pattern\": \"^[0-9a-f]{64}$\"", out);
        break;
    case EVENT_NUMBER:
        fputs("\"type\": \"integer\", \"minimum\": 0", out);
        break;
    case EVENT_TIME:
        fputs("\"type\": \"string\", \"format\": \"date-time\", \"pattern\": "
              "\"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{3}Z$\"",
              out);
        break;
    case EVENT_DURATION:
        fputs("\"type\": \"number\", \"minimum\": 0", out);
        break;
    case EVENT_BOOL:
        fputs("\"type\": \"boolean\"", out);
        break;
    }
}

void eventdoc_schema(FILE *out)
{
    size_t count;
    const struct event_row *rows = event_rows(&count);

    fputs("{\n"
          "  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
          "  \"$id\": \"urn:epost-av:event:1\",\n"
          "  \"title\": \"epost-av event\",\n"
          "  \"description\": \"One line of the log with LogFormat json, one event of /api/v1. "
          "Unknown fields are not there. Later versions may add fields.\",\n"
          "  \"type\": \"object\",\n"
          "  \"required\": [\"time\", \"event\"],\n"
          "  \"if\": {\"properties\": {\"event\": {\"const\": \"transaction\"}}},\n"
          "  \"then\": {\"required\": [\"id\", \"profile\", \"icap\", \"size\", \"verdict\", "
          "\"action\", \"ms\"]},\n"
          "  \"additionalProperties\": false,\n"
          "  \"properties\": {\n",
          out);
    for (size_t i = 0; i < count; i++) {
        fprintf(out, "    \"%s\": {", rows[i].name);
        eventdoc_type(out, &rows[i]);
        fputs(", \"description\": ", out);
        eventdoc_string(out, rows[i].sentence);
        fprintf(out, "}%s\n", i + 1 < count ? "," : "");
    }
    fputs("  }\n}\n", out);
}

static const char *eventdoc_type_name(const struct event_row *row)
{
    switch (row->type) {
    case EVENT_TEXT:
        return "text";
    case EVENT_TOKEN:
        return "word";
    case EVENT_LIST:
        return "list of texts";
    case EVENT_HASH:
        return "64 hex digits";
    case EVENT_NUMBER:
        return "number";
    case EVENT_TIME:
        return "time";
    case EVENT_DURATION:
        return "milliseconds";
    case EVENT_BOOL:
        return "yes or no";
    }
    return "";
}

void eventdoc_tables(FILE *out)
{
    struct eventdoc_list list = {.out = out, .before = "`", .between = ", ", .a_line = 8};
    size_t count;
    const struct event_row *rows = event_rows(&count);

    fputs("| name | type | CEF | meaning |\n|---|---|---|---|\n", out);
    for (size_t i = 0; i < count; i++)
        fprintf(out, "| `%s` | %s | %s%s%s | %s |\n", rows[i].name, eventdoc_type_name(&rows[i]),
                *rows[i].cef ? "`" : "", rows[i].cef, *rows[i].cef ? "`" : "", rows[i].sentence);
    fputs("\n`reason` is one of\n", out);
    event_tokens(EVENT_FIELD_REASON, eventdoc_word, &list);
    fputs(".\n\n| event | severity in CEF | meaning |\n|---|---|---|\n", out);
    for (unsigned kind = 1; kind < EVENT_KIND_END; kind++) {
        struct event event;
        event_init(&event, (enum event_kind)kind, 0);
        fprintf(out, "| `%s` | ", event_kind_name(kind));
        if (kind == EVENT_KIND_TRANSACTION)
            fputs("1 clean or without body; 4 unscannable, 5 if passed; 6 error, 7 if passed; "
                  "8 infected, 10 if passed",
                  out);
        else
            fprintf(out, "%u", event_severity(&event));
        fprintf(out, " | %s. |\n", event_kind_text(kind));
    }
}
