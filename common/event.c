/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/event.h"

#include <string.h>
#include <time.h>

#include "common/verdict.h"

#define EVENT_ROW(number, identifier, name, type, most, cef, sentence)                             \
    {EVENT_FIELD_##identifier, name, EVENT_##type, most, cef, sentence},
static const struct event_row event_table[] = {EVENT_FIELD_TABLE(EVENT_ROW)};

struct event_kind_row {
    enum event_kind kind;
    const char *name;
    unsigned severity;
    const char *sentence;
};

#define EVENT_KIND_ROW(number, identifier, name, severity, sentence)                               \
    {EVENT_KIND_##identifier, name, severity, sentence},
static const struct event_kind_row event_kinds[] = {EVENT_KIND_TABLE(EVENT_KIND_ROW)};

#define EVENT_ROWS  (sizeof event_table / sizeof event_table[0])
#define EVENT_KINDS (sizeof event_kinds / sizeof event_kinds[0])

const struct event_row *event_rows(size_t *count_r)
{
    *count_r = EVENT_ROWS;
    return event_table;
}

const struct event_row *event_row(unsigned field)
{
    for (size_t i = 0; i < EVENT_ROWS; i++)
        if ((unsigned)event_table[i].field == field)
            return &event_table[i];
    return NULL;
}

/* --------------------------------------------------------------------- values */

void event_init(struct event *event, enum event_kind kind, uint64_t time_ms)
{
    memset(event, 0, sizeof *event);
    event_set_number(event, EVENT_FIELD_TIME, time_ms);
    event_set_text(event, EVENT_FIELD_EVENT, event_kind_name(kind));
}

uint64_t event_now(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec * 1000u + (uint64_t)now.tv_nsec / 1000000u;
}

void event_set_text(struct event *event, enum event_field field, const char *text)
{
    event_set_bytes(event, field, text, text ? strlen(text) : 0);
}

void event_set_bytes(struct event *event, enum event_field field, const char *text, size_t length)
{
    const struct event_row *row = event_row(field);

    if (!row || !row->most || !text || !length)
        return;
    if (length > row->most) {
        length = row->most;
        while (length && ((unsigned char)text[length] & 0xc0) == 0x80)
            length--;
    }
    event->values[field] = (struct event_value){.is_set = true, .length = length, .text = text};
}

void event_set_number(struct event *event, enum event_field field, uint64_t number)
{
    const struct event_row *row = event_row(field);

    if (row && !row->most)
        event->values[field] = (struct event_value){.is_set = true, .number = number};
}

void event_unset(struct event *event, enum event_field field)
{
    event->values[field] = (struct event_value){.is_set = false};
}

bool event_has(const struct event *event, enum event_field field)
{
    return event->values[field].is_set;
}

uint64_t event_number(const struct event *event, enum event_field field)
{
    return event->values[field].is_set ? event->values[field].number : 0;
}

const char *event_text(const struct event *event, enum event_field field, size_t *length_r)
{
    const struct event_value *value = &event->values[field];

    *length_r = value->is_set ? value->length : 0;
    return value->is_set && value->text ? value->text : "";
}

void event_copy(const struct event *event, enum event_field field, char *text, size_t size)
{
    size_t length;
    const char *from = event_text(event, field, &length);

    if (!size)
        return;
    if (length >= size)
        length = size - 1;
    for (size_t i = 0; i < length; i++)
        text[i] = from[i] ? from[i] : '?';
    text[length] = '\0';
}

bool event_is(const struct event *event, enum event_field field, const char *word)
{
    size_t length;
    const char *text = event_text(event, field, &length);

    return length == strlen(word) && memcmp(text, word, length) == 0;
}

/* ---------------------------------------------------------------------- kinds */

static const struct event_kind_row *event_kind_row(unsigned kind)
{
    for (size_t i = 0; i < EVENT_KINDS; i++)
        if ((unsigned)event_kinds[i].kind == kind)
            return &event_kinds[i];
    return NULL;
}

enum event_kind event_kind_of(const struct event *event)
{
    for (size_t i = 0; i < EVENT_KINDS; i++)
        if (event_is(event, EVENT_FIELD_EVENT, event_kinds[i].name))
            return event_kinds[i].kind;
    return (enum event_kind)0;
}

const char *event_kind_name(unsigned kind)
{
    const struct event_kind_row *row = event_kind_row(kind);

    return row ? row->name : "unknown";
}

const char *event_kind_text(unsigned kind)
{
    const struct event_kind_row *row = event_kind_row(kind);

    return row ? row->sentence : "An event of an unknown kind";
}

unsigned event_severity(const struct event *event)
{
    enum event_kind kind = event_kind_of(event);
    const struct event_kind_row *row = event_kind_row(kind);
    bool is_passed = event_is(event, EVENT_FIELD_ACTION, "pass");

    if (kind != EVENT_KIND_TRANSACTION)
        return row ? row->severity : 5;
    if (event_is(event, EVENT_FIELD_VERDICT, verdict_name(VERDICT_CLEAN)) ||
        event_is(event, EVENT_FIELD_VERDICT, verdict_name(VERDICT_NO_BODY)))
        return 1;
    if (event_is(event, EVENT_FIELD_VERDICT, verdict_name(VERDICT_INFECTED)))
        return is_passed ? 10 : 8;
    if (event_is(event, EVENT_FIELD_VERDICT, verdict_name(VERDICT_UNSCANNABLE)))
        return is_passed ? 5 : 4;
    return is_passed ? 7 : 6;
}

/* --------------------------------------------------------------------- tokens */

static size_t event_words(const char *const *words, void (*each)(void *data, const char *token),
                          void *data)
{
    size_t count = 0;

    for (; words[count]; count++)
        each(data, words[count]);
    return count;
}

static size_t event_reasons(void (*each)(void *data, const char *token), void *data)
{
    size_t count = 0;

    for (unsigned reason = 0; reason < 256; reason++)
        if (reason == REASON_UNKNOWN ||
            strcmp(reason_name(reason), reason_name(REASON_UNKNOWN)) != 0) {
            each(data, reason_name(reason));
            count++;
        }
    return count;
}

size_t event_tokens(enum event_field field, void (*each)(void *data, const char *token), void *data)
{
    static const char *const icap[] = {"REQMOD", "RESPMOD", NULL};
    static const char *const actions[] = {"fail", "pass", "block", "cut", "aborted", NULL};
    static const char *const ranges[] = {"stripped", NULL};

    switch (field) {
    case EVENT_FIELD_EVENT:
        for (size_t i = 0; i < EVENT_KINDS; i++)
            each(data, event_kinds[i].name);
        return EVENT_KINDS;
    case EVENT_FIELD_ICAP:
        return event_words(icap, each, data);
    case EVENT_FIELD_VERDICT:
        for (unsigned verdict = 0; verdict < VERDICT_COUNT; verdict++)
            each(data, verdict_name(verdict));
        each(data, "none");
        return VERDICT_COUNT + 1;
    case EVENT_FIELD_REASON:
        return event_reasons(each, data);
    case EVENT_FIELD_ACTION:
        return event_words(actions, each, data);
    case EVENT_FIELD_RANGE:
        return event_words(ranges, each, data);
    default:
        return 0;
    }
}
