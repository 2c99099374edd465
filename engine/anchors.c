/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/anchors.h"

#include <stdlib.h>
#include <string.h>

#include "engine/anchorshead.h"
#include "engine/anchorsindex.h"
#include "engine/anchorsint.h"
#include "engine/rarity_table.h"

#define ANCHORS_HEADS_MAX (UINT32_C(8) << 20) /* more is no number of patterns */
#define ANCHORS_PLACES    96                  /* of these the rarest is taken */

/* ------------------------------------------------------------------- tokens */

static bool anchors_is_byte(uint16_t token)
{
    return (token & LAYOUT_TOKEN_KIND) == 0;
}

/* -------------------------------------------------------------------- heads */

static unsigned anchors_chain(const struct layout_list *list)
{
    unsigned length = 0;

    for (; list; list = list->next_same)
        length++;
    return length;
}

static int anchors_by_pattern(const void *a, const void *b)
{
    const struct layout_patt *x = ((const struct anchors_head *)a)->list->me;
    const struct layout_patt *y = ((const struct anchors_head *)b)->list->me;

    return (x > y) - (x < y);
}

/* As libclamav's lists at a node are, longer keys before shorter ones. */
static int anchors_by_order(const void *a, const void *b)
{
    const struct layout_list *x = ((const struct anchors_head *)a)->list;
    const struct layout_list *y = ((const struct anchors_head *)b)->list;

    if (x->me->depth != y->me->depth)
        return x->me->depth > y->me->depth ? -1 : 1;
    if (x->me->partno != y->me->partno)
        return x->me->partno < y->me->partno ? -1 : 1;
    unsigned lx = anchors_chain(x), ly = anchors_chain(y);
    if (lx != ly)
        return lx > ly ? -1 : 1;
    return (x->me > y->me) - (x->me < y->me);
}

/* A pattern for either case hangs at several nodes: one of them is enough. */
static void anchors_sort_heads(struct anchors *anchors)
{
    uint32_t kept = 0;

    if (!anchors->heads)
        return;
    qsort(anchors->heads, anchors->count, sizeof *anchors->heads, anchors_by_pattern);
    for (uint32_t i = 0; i < anchors->count; i++)
        if (kept == 0 || anchors->heads[kept - 1].list->me != anchors->heads[i].list->me)
            anchors->heads[kept++] = anchors->heads[i];
    anchors->count = kept;
    qsort(anchors->heads, anchors->count, sizeof *anchors->heads, anchors_by_order);
}

static int anchors_add_node(struct anchors *anchors, const struct layout_node *node, uint32_t *room,
                            struct err *err)
{
    for (const struct layout_list *list = node->list;
         list && list->me->depth == node->list->me->depth; list = list->next) {
        const struct layout_patt *me = list->me;

        if (me->depth < 2 || me->depth > 3 || me->depth > me->length[0] ||
            (me->prefix && me->prefix + me->prefix_length[0] != me->pattern))
            return err_set(err, "a pattern of %s is not laid out as expected (%u %u %u)",
                           me->virname ? me->virname : "a logical signature", me->depth,
                           me->length[0], me->prefix_length[0]);
        if (anchors->count == *room) {
            uint32_t more = *room ? *room * 2 : 1024;
            void *grown = more <= ANCHORS_HEADS_MAX
                              ? realloc(anchors->heads, more * sizeof *anchors->heads)
                              : NULL;
            if (!grown)
                return err_set(err, "no memory for anchors");
            anchors->heads = grown;
            *room = more;
        }
        anchors->heads[anchors->count++] = (struct anchors_head){.list = list};
    }
    return 0;
}

static int anchors_collect(struct anchors *anchors, const struct layout_root *root, struct err *err)
{
    uint32_t room = 0;

    for (uint32_t i = 0; i < root->nodes; i++)
        if (anchors_add_node(anchors, root->nodetable[i], &room, err) < 0)
            return -1;
    anchors_sort_heads(anchors);
    for (uint32_t i = 0; i < anchors->count; i++) {
        const struct layout_patt *me = anchors->heads[i].list->me;
        uint32_t before = me->prefix_length[2] + (uint32_t)me->ch_maxdist[0];

        if (anchorshead_fill(&anchors->heads[i], err) < 0)
            return -1;
        for (const struct layout_list *at = anchors->heads[i].list; at; at = at->next_same)
            anchors->heads[i].has_parts |= at->me->sigid != 0;
        if (before > anchors->longest)
            anchors->longest = before;
        if (me->boundary & LAYOUT_RIGHT_SIDE << 1)
            anchors->right_negated = true;
    }
    return 0;
}

/* ------------------------------------------------------------------ windows */

static unsigned anchors_digit(char digit)
{
    return digit <= '9' ? (unsigned)(digit - '0') : (unsigned)(digit - 'a' + 10);
}

static unsigned anchors_narrow(unsigned char byte)
{
    return (byte & 0x1fu) | (byte & 0xc0u) >> 1;
}

/* Minus the logarithm of the share of places where the bytes stand. */
static unsigned anchors_rarity(uint32_t key, unsigned length)
{
    unsigned before = anchors_narrow(key & 0xff), sum = anchors_digit(rarity_single[before]);

    for (unsigned i = 1; i < length; i++) {
        unsigned byte = anchors_narrow(key >> (8 * i) & 0xff);

        sum += anchors_digit(rarity_behind[before][byte]);
        before = byte;
    }
    return sum;
}

/* The folded bytes of `length` tokens. Returns false if one of them is not a fixed byte. */
static bool anchors_key(const struct layout_patt *me, int at, unsigned length, uint32_t *key_r)
{
    uint32_t key = 0;

    for (unsigned i = 0; i < length; i++) {
        uint16_t token = anchors_token(me, at + (int)i);

        if (!anchors_is_byte(token))
            return false;
        key |= (uint32_t)(token & 0xff) << (8 * i);
    }
    *key_r = anchors_fold(key) & anchors_low(length);
    return true;
}

/* Of the window, with as many of the bytes behind it as are fixed: they are compared with it. */
static unsigned anchors_rarity_around(const struct anchors_head *head, int at, unsigned length)
{
    uint32_t key = 0;

    while (length < 4 && at + (int)length < head->high &&
           anchors_is_byte(anchors_token(head->list->me, at + (int)length)))
        length++;
    (void)anchors_key(head->list->me, at, length, &key);
    return anchors_rarity(key, length);
}

/* What is known of the four bytes from the entry's place on, which may be more than the window. */
static void anchors_fix(const struct anchors_head *head, struct anchors_entry *entry)
{
    unsigned char mask[4] = {0}, bits[4] = {0};

    for (int i = 0; i < 4 && entry->shift + i < head->high; i++)
        mask[i] = anchorshead_mask(anchors_token(head->list->me, entry->shift + i), &bits[i]);
    memcpy(&entry->mask, mask, sizeof mask);
    memcpy(&entry->key, bits, sizeof bits);
}

/* The rarest window of a head; `crowd` counts what is found by a hash already. */
static bool anchors_choose(const struct anchors_head *head, unsigned length, const uint16_t *crowd,
                           struct anchors_entry *entry)
{
    const struct layout_patt *me = head->list->me;
    int low = head->low, high = head->high - (int)length;
    unsigned best = 0;
    bool found = false;

    low = low < -ANCHORS_PLACES / 2 ? -ANCHORS_PLACES / 2 : low;
    high = high > ANCHORS_PLACES / 2 ? ANCHORS_PLACES / 2 : high;
    for (int at = low; at <= high; at++) {
        uint32_t key;

        if (!anchors_key(me, at, length, &key))
            continue;
        unsigned others = 32 - (unsigned)__builtin_clz(crowd[anchors_hash(key) >> 16] + 1u);
        unsigned score = 64 + anchors_rarity_around(head, at, length) - others;
        if (!found || score > best) {
            best = score;
            entry->shift = at;
        }
        found = true;
    }
    if (found)
        anchors_fix(head, entry);
    return found;
}

static void anchors_append(struct anchors *anchors, struct anchors_index *index,
                           const struct anchors_entry *entry, uint16_t *crowd)
{
    uint32_t hash = anchors_hash(anchors_fold(entry->key) & index->window) >> 16;
    int32_t back = entry->shift - (anchors->heads[entry->head].list->me->depth - 1);

    if (back > 0 && (uint32_t)back > anchors->farthest)
        anchors->farthest = (uint32_t)back;
    if (crowd[hash] < UINT16_MAX)
        crowd[hash]++;
    index->entries[index->count++] = *entry;
}

static int anchors_place(struct anchors *anchors, struct err *err)
{
    uint16_t *crowd = calloc(65536, sizeof *crowd);
    int result = -1;

    if (!crowd || anchorsindex_new(&anchors->fours, 4, anchors->count, err) < 0 ||
        anchorsindex_new(&anchors->pairs, 2, anchors->count, err) < 0) {
        err_set(err, "no memory for anchors");
        goto out;
    }
    for (uint32_t i = 0; i < anchors->count; i++) {
        struct anchors_entry entry;
        struct anchors_index *index = &anchors->fours;

        if (!anchors_choose(&anchors->heads[i], 4, crowd, &entry)) {
            index = &anchors->pairs;
            if (!anchors_choose(&anchors->heads[i], 2, crowd, &entry)) {
                err_set(err, "a pattern has no fixed bytes");
                goto out;
            }
        }
        entry.head = i;
        anchors_append(anchors, index, &entry, crowd);
    }
    result = anchorsindex_sort(&anchors->fours, err);
    if (result == 0)
        result = anchorsindex_sort(&anchors->pairs, err);
out:
    free(crowd);
    return result;
}

/* ------------------------------------------------------------------- anchors */

struct anchors *anchors_new(const struct layout_root *root, struct err *err)
{
    struct anchors *anchors = calloc(1, sizeof *anchors);

    if (!anchors) {
        err_set(err, "no memory for anchors");
        return NULL;
    }
    if (anchors_collect(anchors, root, err) < 0 || anchors_place(anchors, err) < 0)
        anchors_free(&anchors);
    return anchors;
}

void anchors_free(struct anchors **anchors)
{
    if (!*anchors)
        return;
    anchorsindex_free(&(*anchors)->fours);
    anchorsindex_free(&(*anchors)->pairs);
    for (uint32_t i = 0; i < (*anchors)->count; i++)
        anchorshead_free(&(*anchors)->heads[i]);
    free((*anchors)->heads);
    free(*anchors);
    *anchors = NULL;
}
