/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_event: bytes that pretend to be an event of the event socket, or the lists
 * in a scanner's reply. What is accepted is the same after it was written and read
 * again, and no form of it holds a control character.
 */
#include <stdlib.h>
#include <string.h>

#include "common/eventtext.h"
#include "common/eventwire.h"
#include "common/facts.h"
#include "common/members.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void fuzz_forms(const struct event *event)
{
    struct buf line;

    buf_init(&line, EVENTTEXT_MAX);
    for (unsigned form = EVENTTEXT_KEYVALUE; form <= EVENTTEXT_CEF; form++) {
        buf_reset(&line);
        if (eventtext_add(&line, event, (enum eventtext_format)form) < 0)
            continue;
        for (size_t i = 0; i < line.length; i++)
            if ((unsigned char)line.data[i] < ' ' || line.data[i] == 0x7f)
                abort();
    }
    buf_free(&line);
}

static void fuzz_again(const struct event *event, uint32_t lost)
{
    struct event again;
    struct buf message;
    struct err err;
    uint32_t again_lost;

    buf_init(&message, EVENTWIRE_MAX);
    if (eventwire_encode(&message, event, lost) == 0) {
        if (eventwire_decode(message.data, message.length, &again, &again_lost, &err) < 0 ||
            again_lost != lost)
            abort();
        for (unsigned i = 0; i < EVENT_FIELD_END; i++)
            if (again.values[i].is_set != event->values[i].is_set ||
                again.values[i].number != event->values[i].number ||
                again.values[i].length != event->values[i].length)
                abort();
    }
    buf_free(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct event event;
    struct err err;
    uint32_t lost;
    char *text = malloc(size + 1);

    if (!text)
        return 0;
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    if (eventwire_decode(text, size, &event, &lost, &err) == 0) {
        fuzz_forms(&event);
        fuzz_again(&event, lost);
        (void)event_severity(&event);
    }
    facts_check(text);
    members_check(text);
    free(text);
    return 0;
}
