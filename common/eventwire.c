/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "common/eventwire.h"

#include <string.h>

/* The two numbers in front of each value. */
struct eventwire_item {
    uint16_t field, length;
};

static int eventwire_add(struct buf *out, const struct event_row *row,
                         const struct event_value *value)
{
    struct eventwire_item item = {.field = (uint16_t)row->field};
    const void *data = row->most ? (const void *)value->text : &value->number;

    item.length = (uint16_t)(row->most ? value->length : sizeof value->number);
    if (buf_add(out, &item, sizeof item) < 0)
        return -1;
    return buf_add(out, data, item.length);
}

int eventwire_encode(struct buf *out, const struct event *event, uint32_t lost)
{
    struct eventwire_head head = {
        .magic = EVENTWIRE_MAGIC, .version = EVENTWIRE_VERSION, .lost = lost};
    size_t start = out->length, count;
    const struct event_row *rows = event_rows(&count);
    int status = buf_add(out, &head, sizeof head);

    for (size_t i = 0; status == 0 && i < count; i++)
        if (event->values[rows[i].field].is_set)
            status = eventwire_add(out, &rows[i], &event->values[rows[i].field]);
    if (status == 0 && out->length - start <= EVENTWIRE_MAX) {
        head.length = (uint32_t)(out->length - start);
        memcpy(out->data + start, &head, sizeof head);
        return 0;
    }
    if (out->data) {
        out->length = start;
        out->data[start] = '\0';
    }
    return -1;
}

/* One item at *at. Returns 0, or -1 when it does not fit its own numbers. */
static int eventwire_take(const char **at, size_t *left, struct event *event)
{
    struct eventwire_item item;
    uint64_t number;

    if (*left < sizeof item)
        return -1;
    memcpy(&item, *at, sizeof item);
    *at += sizeof item;
    *left -= sizeof item;
    if (item.length > *left)
        return -1;
    const struct event_row *row = event_row(item.field);
    if (row && row->most) {
        if (item.length > row->most)
            return -1;
        event_set_bytes(event, row->field, *at, item.length);
    } else if (row) {
        if (item.length != sizeof number)
            return -1;
        memcpy(&number, *at, sizeof number);
        event_set_number(event, row->field, number);
    }
    *at += item.length;
    *left -= item.length;
    return 0;
}

static bool eventwire_is_hash(const struct event_value *value)
{
    if (!value->is_set)
        return true;
    for (size_t i = 0; i < value->length; i++)
        if (!memchr("0123456789abcdef", value->text[i], 16))
            return false;
    return value->length == 64;
}

int eventwire_decode(const void *message, size_t length, struct event *event, uint32_t *lost_r,
                     struct err *err)
{
    struct eventwire_head head;
    const char *at = message;
    size_t left = length;

    memset(event, 0, sizeof *event);
    if (length < sizeof head || length > EVENTWIRE_MAX)
        return err_set(err, "an event of %zu bytes", length);
    memcpy(&head, message, sizeof head);
    if (head.magic != EVENTWIRE_MAGIC || head.version != EVENTWIRE_VERSION || head.length != length)
        return err_set(err, "not an event of version %d", EVENTWIRE_VERSION);
    at += sizeof head;
    left -= sizeof head;
    while (left)
        if (eventwire_take(&at, &left, event) < 0)
            return err_set(err, "an event with a damaged field");
    if (!event_has(event, EVENT_FIELD_TIME) || !event_kind_of(event))
        return err_set(err, "an event without time or of an unknown kind");
    if (!eventwire_is_hash(&event->values[EVENT_FIELD_SHA256]) ||
        !eventwire_is_hash(&event->values[EVENT_FIELD_PART_SHA256]))
        return err_set(err, "an event with a SHA-256 that is none");
    if (lost_r)
        *lost_r = head.lost;
    return 0;
}
