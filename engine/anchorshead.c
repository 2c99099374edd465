/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "engine/anchorshead.h"

#include <stdlib.h>
#include <string.h>

#define ANCHORSHEAD_STRETCH 256 /* tokens to each side of the key that are compared */
#define ANCHORSHEAD_BOUND   (UINT32_C(1) << 30) /* bytes: bound to places beyond is not bound */

/* The stretch around the key in which each token is one byte long. */
static void anchorshead_stretch(struct anchors_head *head)
{
    const struct layout_patt *me = head->list->me;
    const int first = -(int)(me->prefix ? me->prefix_length[0] : 0), last = me->length[0];
    int low = 0, high = me->depth;

    while (low > first && low > -ANCHORSHEAD_STRETCH &&
           (anchors_token(me, low - 1) & LAYOUT_TOKEN_KIND) != LAYOUT_TOKEN_PLACE)
        low--;
    while (high < last && high < ANCHORSHEAD_STRETCH &&
           (anchors_token(me, high) & LAYOUT_TOKEN_KIND) != LAYOUT_TOKEN_PLACE)
        high++;
    head->low = (int16_t)low;
    head->high = (int16_t)high;
}

unsigned char anchorshead_mask(uint16_t token, unsigned char *bits_r)
{
    unsigned char mask = 0xff;

    if ((token & LAYOUT_TOKEN_KIND) == LAYOUT_TOKEN_ANY)
        mask = 0;
    else if ((token & LAYOUT_TOKEN_KIND) == LAYOUT_TOKEN_HIGH)
        mask = 0xf0;
    else if ((token & LAYOUT_TOKEN_KIND) == LAYOUT_TOKEN_LOW)
        mask = 0x0f;
    else if ((token & LAYOUT_TOKEN_CASE) && (token & 0xff) >= 'a' && (token & 0xff) <= 'z')
        mask = 0xdf;
    *bits_r = (unsigned char)(token & mask);
    return mask;
}

/* The bits that count of up to four bytes of the stretch, and these; and how good they are. */
static int anchorshead_score(const struct anchors_head *head, int at, unsigned char mask[4],
                             unsigned char bits[4])
{
    int score = 0;

    for (int i = 0; i < 4; i++) {
        mask[i] = bits[i] = 0;
        if (at + i >= head->high)
            continue;
        mask[i] = anchorshead_mask(anchors_token(head->list->me, at + i), &bits[i]);
        score += __builtin_popcount(mask[i]) + (bits[i] & mask[i] & 0xdf ? 8 : 0) +
                 (i > 0 && mask[i] == 0xff && bits[i] != bits[i - 1] ? 8 : 0);
    }
    return score;
}

/* Of all four bytes those that are least like their neighbours in a run of one byte: a key of
 * zeros stands in every program, thousands of times. */
static void anchorshead_check(struct anchors_head *head)
{
    int best = -1;

    for (int at = head->low; at + 4 <= head->high || at == head->low; at++) {
        unsigned char mask[4], bits[4];
        int score = anchorshead_score(head, at, mask, bits);

        if (score <= best)
            continue;
        best = score;
        head->check = (int16_t)at;
        memcpy(&head->mask, mask, sizeof mask);
        memcpy(&head->bits, bits, sizeof bits);
    }
}

/* Whether a pattern is bound to places before one that the signature itself names: then that. */
static bool anchorshead_is_bound(const struct layout_patt *me, uint32_t *before_r)
{
    if (me->offdata[0] != LAYOUT_OFFSET_ABSOLUTE || me->offset_min == LAYOUT_OFFSET_ANYWHERE ||
        (me->sigid && me->partno != 1) || me->offset_max > ANCHORSHEAD_BOUND)
        return false;
    *before_r = me->offset_max + me->prefix_length[2] + 1;
    return true;
}

/* Lists those patterns of a head that are not bound, if some are: of hundreds that begin with a
 * file's first bytes few are left further behind. */
static int anchorshead_part(struct anchors_head *head, struct err *err)
{
    struct layout_list **end = &head->distant;
    uint32_t before;

    head->bound = UINT32_MAX;
    for (const struct layout_list *at = head->list; at; at = at->next_same)
        if (anchorshead_is_bound(at->me, &before) &&
            (head->bound == UINT32_MAX || before > head->bound))
            head->bound = before;
    for (const struct layout_list *at = head->list; at && head->bound < UINT32_MAX;
         at = at->next_same) {
        if (anchorshead_is_bound(at->me, &before))
            continue;
        *end = calloc(1, sizeof **end);
        if (!*end)
            return err_set(err, "no memory for anchors");
        (*end)->me = at->me;
        end = &(*end)->next_same;
    }
    return 0;
}

int anchorshead_fill(struct anchors_head *head, struct err *err)
{
    anchorshead_stretch(head);
    anchorshead_check(head);
    return anchorshead_part(head, err);
}

void anchorshead_free(struct anchors_head *head)
{
    while (head->distant) {
        struct layout_list *next = head->distant->next_same;
        free(head->distant);
        head->distant = next;
    }
}
