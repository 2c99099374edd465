/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/recall.h"

#include <stdio.h>
#include <string.h>

#define RECALL_CONTEXT                                                                             \
    512u /* bytes of names and types; of longer ones every layer is looked at                      \
          */

static void recall_mark(struct watch *watch, const struct clam_layer *layer,
                        const uint8_t content[SEEN_DIGEST])
{
    struct inspection *in = watch->in;

    if (!seen_mark(&in->seen, content, watch->object->depth + layer->depth))
        seen_set_record(&in->seen, content, in->journal.open);
}

/* The same in an earlier body. Beside the place, the scan of a layer depends on its sender's name
 * for it, on the levels that are left, and on how it is that libclamav sees it. */
static int recall_find(struct watch *watch, const struct clam_layer *layer,
                       const uint8_t place[SEEN_DIGEST])
{
    const struct object *object = watch->object;
    const struct watch_level *parent = &watch->levels[layer->depth - 1];
    const char *name = seen_name(&watch->in->seen, watch->content);
    uint8_t text[SEEN_DIGEST + RECALL_CONTEXT];
    int length = snprintf((char *)text + SEEN_DIGEST, RECALL_CONTEXT, "%u %d %d %d %d %d %d %u %s",
                          object->depth + layer->depth, layer->member, object->guessed,
                          object->pieces, parent->kind, parent->pieces, watch->in->finding.all,
                          watch->in->seen.guesses, name != NULL ? name : "");

    if (!watch->in->journal.remembered || layer->length > BUDGET_RATIO_FREE || length < 0 ||
        length >= (int)RECALL_CONTEXT)
        return 0;
    memcpy(text, place, SEEN_DIGEST);
    watch->has_key = seen_digest(watch->key, text, SEEN_DIGEST + (size_t)length);
    if (!watch->has_key || !inspection_recall(watch->in, watch->key))
        return 0;
    /* Whoever else comes across it need not look at it. */
    recall_mark(watch, layer, watch->content);
    return 1;
}

/* libclamav comes across a file many times where stored archives lie in one another: once as a
 * member, and once for each archive around it in which it sees the mark of a ZIP. The same bytes
 * under the same name and type, out of parents of the same types, have one verdict. */
int recall_skip(void *context, const struct clam_layer *layer, const char *parents)
{
    struct watch *watch = context;
    const char *name = layer->name != NULL ? layer->name : "";
    uint8_t text[SEEN_DIGEST + RECALL_CONTEXT], digest[SEEN_DIGEST];
    int length;

    watch->asked = NULL;
    watch->has_key = false;
    if (layer->normalized || layer->data == NULL || layer->length == 0 ||
        layer->depth >= WATCH_DEPTH || !seen_digest(watch->content, layer->data, layer->length))
        return 0;
    watch->asked = layer->data;
    memcpy(text, watch->content, SEEN_DIGEST);
    length = snprintf((char *)text + SEEN_DIGEST, RECALL_CONTEXT, "%s/%s/%s", parents, layer->type,
                      name);
    if (length < 0 || length >= (int)RECALL_CONTEXT)
        return 0;
    if (!seen_digest(digest, text, SEEN_DIGEST + (size_t)length))
        return 0;
    /* Places and contents share one set. Nobody can send a content that has this digest. */
    for (size_t i = 0; i < SEEN_DIGEST; i++)
        digest[i] ^= 0xff;
    return inspection_mark(watch->in, digest, watch->object->depth + layer->depth) ||
           recall_find(watch, layer, digest);
}

/* Opens the layer's record, if it may be remembered by itself. */
void recall_begin(struct watch *watch, struct watch_level *level, const struct clam_layer *layer)
{
    struct journal *journal = &watch->in->journal;

    level->is_recorded = watch->has_key && layer->depth > 0 && layer->data == watch->asked &&
                         journal_begin(journal, watch->key) != 0;
    level->record = journal->open;
    if (layer->data == NULL && !layer->normalized)
        journal_spoil(journal);
    journal_count(journal, layer->normalized ? 0 : layer->length, 1);
}

/* Its name comes of another part of the body: what is around it cannot be remembered. */
static void recall_named(struct watch *watch, const struct watch_level *level)
{
    struct journal *journal = &watch->in->journal;
    const uint32_t own = journal_turn(
        journal, level->is_recorded ? journal->records[level->record - 1].parent : journal->open);

    journal_spoil(journal);
    journal_turn(journal, own);
}

const char *recall_name(struct watch *watch, const struct watch_level *level,
                        const struct clam_layer *layer)
{
    uint8_t digest[SEEN_DIGEST];
    const char *name;

    if (layer->data == watch->asked)
        memcpy(digest, watch->content, sizeof digest);
    else
        seen_digest(digest, layer->data, layer->length);
    recall_mark(watch, layer, digest);
    name = seen_name(&watch->in->seen, digest);
    if (name != NULL)
        recall_named(watch, level);
    return name;
}
