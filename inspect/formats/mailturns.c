/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "inspect/formats/mailturns.h"

#include <stdlib.h>

#include "inspect/formats/mailparts.h"
#include "inspect/trial.h"
#include "inspect/unknown.h"

#define MAILTURNS_CHEAP       8192 /* of trial_cost: what small parts of any mail may cost beforehand */
#define MAILTURNS_CHEAP_PARTS 64

static struct object mailturns_object(const struct mail_leaf *leaf)
{
    return (struct object){.data = leaf->bytes->data,
                           .length = leaf->bytes->len,
                           .name = leaf->name,
                           .is_relined = leaf->is_relined,
                           .path = leaf->path,
                           .depth = leaf->depth};
}

static void mailturns_leaf(void *context, size_t index)
{
    const struct mail *mail = context;
    const struct object object = mailturns_object(mail->leaves[index]);

    if (object.length == 0)
        return;
    unknown_note(mail->in, &object);
    inspection_object(mail->in, &object);
    inlined_open(mail->in, &object);
}

/* Of each part; the caller frees it. NULL without memory. */
static uint64_t *mailturns_costs(const struct mail *mail)
{
    uint64_t *costs = calloc(mail->count + 1, sizeof *costs);
    size_t i;

    for (i = 0; costs != NULL && i < mail->count; i++) {
        const struct mail_leaf *leaf = mail->leaves[i];

        if (leaf->bytes->len > 0)
            costs[i] = trial_cost(leaf->bytes->data, leaf->bytes->len, leaf->name);
    }
    return costs;
}

void mailturns_whole(struct mail *mail)
{
    uint64_t *costs = mailturns_costs(mail);

    if (costs != NULL)
        trial_parts(mail->in, costs, mail->count, mailturns_leaf, mail, 0, 1);
    else
        inspection_note(mail->in, mail->object, REASON_MEMORY, NULL);
    free(costs);
    if (!inspection_over(mail->in))
        mailparts_open(mail->in, mail->object, mail->found);
}

void mailturns_shortly(struct mail *mail)
{
    uint64_t *costs = mailturns_costs(mail);

    if (costs != NULL)
        trial_parts(mail->in, costs, mail->count, mailturns_leaf, mail, 1, 0);
    free(costs);
}

/* Text is matched only: libclamav will go into it. */
static void mailturns_one_cheap(struct mail *mail, size_t index, int plain)
{
    const struct object object = mailturns_object(mail->leaves[index]);
    struct trial trial;

    if (plain) {
        inspection_raw(mail->in, &object);
    } else if (trial_possible(mail->in)) {
        trial_begin(mail->in, &trial, TRIAL_PART_MS);
        inspection_object(mail->in, &object);
        trial_end(mail->in, &trial, 0);
    }
}

/* The cheapest part that is left, or mail->count. */
static size_t mailturns_cheapest(const struct mail *mail, const uint64_t *costs)
{
    size_t least = mail->count, i;

    for (i = 0; i < mail->count; i++)
        if (costs[i] > 0 && (least == mail->count || costs[i] < costs[least]))
            least = i;
    return least;
}

/* Parts may cost so much together, in order: `left`. */
static void mailturns_all_cheapest(struct mail *mail, uint64_t *costs, uint64_t left)
{
    unsigned count;

    for (count = 0; count < MAILTURNS_CHEAP_PARTS && !inspection_over(mail->in); count++) {
        const size_t at = mailturns_cheapest(mail, costs);

        if (at == mail->count || costs[at] > left)
            return;
        left -= costs[at];
        mailturns_one_cheap(mail, at, costs[at] == mail->leaves[at]->bytes->len);
        costs[at] = 0;
    }
}

void mailturns_cheap(struct mail *mail)
{
    uint64_t *costs = mailturns_costs(mail), left = MAILTURNS_CHEAP;
    size_t i, filled = 0, heavy = 0;

    for (i = 0; costs != NULL && i < mail->count; i++) {
        filled += costs[i] > 0;
        heavy += costs[i] > mail->leaves[i]->bytes->len;
        if (costs[i] / 4 > left)
            left = costs[i] / 4;
    }
    if (filled > 1 && heavy > 0)
        mailturns_all_cheapest(mail, costs, left);
    free(costs);
}
