/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/followups.h"

#include <stdlib.h>

static int followups_grow(struct followups *followups)
{
    size_t size = followups->size ? followups->size * 2 : 16;
    struct followup **items = realloc(followups->items, size * sizeof *items);

    if (!items)
        return -1;
    followups->items = items;
    followups->size = size;
    return 0;
}

struct followup *followups_add(struct followups *followups, size_t most, enum reason *why_r)
{
    struct followup *followup;

    *why_r = REASON_LIMIT_FILES;
    if (followups->count >= most)
        return NULL;
    *why_r = REASON_MEMORY;
    if (followups->count >= followups->size && followups_grow(followups) != 0)
        return NULL;
    followup = calloc(1, sizeof *followup);
    if (followup)
        followups->items[followups->count++] = followup;
    return followup;
}

#define FORMAT(kind, name, marks, traits, reader, checker, opener) [KIND_##kind] = opener,
static void (*const followups_openers[])(struct inspection *in, const struct object *object) = {
    [KIND_NONE] = container_closed, /* never added: unknown is not passed over */
#include "inspect/formats.def"
};

/* The archive that was read last, if that was without trouble. */
struct followups_read {
    enum kind kind;
    const uint8_t *begin, *end; /* what begins in between was read as a part of it */
    unsigned streams;           /* that were read together with those behind them */
};

/* Each member of a tar begins like a tar, and each stream of a chain like a chain: to read all that
 * follows again for each of them would cost the square of their number. Members were looked at one
 * by one; streams were joined, so that each of them has to be looked at alone, too. */
static bool followups_was_read(struct followups_read *read, struct object *object)
{
    if (object->kind != read->kind || object->data <= read->begin || object->data >= read->end)
        return false;
    if (object->kind == KIND_TAR || object->kind == KIND_LHA)
        return true;
    object->single = ++read->streams > FOLLOWUPS_CHAINS;
    return false;
}

static void followups_open_one(struct followup *followup, struct inspection *in,
                               struct followups_read *read)
{
    struct object *object = &followup->object;
    uint8_t digest[SEEN_DIGEST];

    if (inspection_over(in))
        return;
    if (followup->extent > 0) { /* a member, most often */
        seen_digest(digest, object->data, followup->extent);
        if (inspection_has_seen(in, digest, object->depth))
            return;
    }
    if (followup->extent > 0 && followups_was_read(read, object))
        return;
    in->read_to = NULL;
    if (followup->retype)
        retype_open(in, object, followup->type);
    else if (followup->pieces)
        container_pieces(in, object);
    else
        followups_openers[object->kind](in, object);
    if (in->read_to > object->data && in->read_to <= object->data + object->length &&
        (object->data < read->begin || in->read_to > read->end))
        *read = (struct followups_read){object->kind, object->data, in->read_to, read->streams};
}

void followups_open(struct followups *followups, struct inspection *in)
{
    struct followups_read read = {.kind = KIND_NONE};
    size_t i;

    for (i = 0; i < followups->count; i++) {
        const uint32_t before = journal_turn(&in->journal, followups->items[i]->record);

        followups_open_one(followups->items[i], in, &read);
        journal_turn(&in->journal, before);
        buffer_free(&followups->items[i]->copy);
        free(followups->items[i]);
    }
    free(followups->items);
    *followups = (struct followups){0};
}
