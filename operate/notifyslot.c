/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "operate/notifyslot.h"

#include <string.h>

#include "common/eventwire.h"

void notifyslot_init(struct notifyslot *slot, uint64_t every_ms, uint64_t pause_ms, unsigned tries)
{
    memset(slot, 0, sizeof *slot);
    slot->every_ms = every_ms;
    slot->pause_ms = pause_ms;
    slot->tries = tries;
    buf_init(&slot->waiting.event, EVENTWIRE_MAX);
    buf_init(&slot->on_its_way.event, EVENTWIRE_MAX);
}

void notifyslot_free(struct notifyslot *slot)
{
    buf_free(&slot->waiting.event);
    buf_free(&slot->on_its_way.event);
}

/* Without memory the group keeps its last event, and counts all the same. */
static void notifyslot_add(struct notifyslot_group *group, const void *message, size_t length,
                           uint64_t first_ms, uint64_t last_ms, uint64_t count)
{
    if (!group->count || first_ms < group->first_ms)
        group->first_ms = first_ms;
    if (last_ms > group->last_ms)
        group->last_ms = last_ms;
    group->count += count;
    buf_reset(&group->event);
    buf_add(&group->event, message, length);
}

static void notifyslot_empty(struct notifyslot_group *group)
{
    group->count = group->first_ms = group->last_ms = 0;
    buf_reset(&group->event);
}

void notifyslot_take(struct notifyslot *slot, const void *message, size_t length, uint64_t time_ms,
                     uint64_t count)
{
    notifyslot_add(&slot->waiting, message, length, time_ms, time_ms, count);
}

uint64_t notifyslot_wake(const struct notifyslot *slot)
{
    if (slot->is_sending || (!slot->tried && !slot->waiting.count))
        return NOTIFYSLOT_NEVER;
    return slot->next_ms;
}

bool notifyslot_begin(struct notifyslot *slot, uint64_t now_ms)
{
    if (notifyslot_wake(slot) > now_ms)
        return false;
    if (!slot->tried) {
        struct notifyslot_group empty = slot->on_its_way;
        slot->on_its_way = slot->waiting;
        slot->waiting = empty;
        notifyslot_empty(&slot->waiting);
    }
    slot->tried++;
    slot->is_sending = true;
    return true;
}

uint64_t notifyslot_end(struct notifyslot *slot, enum notifyslot_outcome outcome, uint64_t now_ms)
{
    uint64_t lost = 0, pause = slot->pause_ms;

    slot->is_sending = false;
    if (outcome == NOTIFYSLOT_RETRY && slot->tried < slot->tries) {
        for (unsigned i = 1; i < slot->tried && pause < NOTIFYSLOT_PAUSE_MAX; i++)
            pause *= 2;
        slot->next_ms = now_ms + (pause < NOTIFYSLOT_PAUSE_MAX ? pause : NOTIFYSLOT_PAUSE_MAX);
        return 0;
    }
    if (outcome != NOTIFYSLOT_SENT)
        lost = slot->on_its_way.count;
    notifyslot_empty(&slot->on_its_way);
    slot->tried = 0;
    slot->next_ms = now_ms + slot->every_ms;
    return lost;
}

void notifyslot_move(struct notifyslot *from, struct notifyslot *to)
{
    struct notifyslot_group *groups[] = {&from->on_its_way, &from->waiting};

    for (size_t i = 0; i < 2; i++) {
        struct notifyslot_group *group = groups[i];
        if (group->count)
            notifyslot_add(&to->waiting, group->event.data, group->event.length, group->first_ms,
                           group->last_ms, group->count);
        notifyslot_empty(group);
    }
    to->next_ms = from->next_ms;
    from->tried = 0;
    from->is_sending = false;
}

uint64_t notifyslot_untold(const struct notifyslot *slot)
{
    return slot->on_its_way.count + slot->waiting.count;
}
